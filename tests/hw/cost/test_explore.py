import functools
import itertools
import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest

from binspike import cli
from hw.cost import explore, space
from hw.cost.area import size
from hw.cost.estimate import estimate
from hw.cost.explore import fitting, for_fps, for_interval, frontier
from hw.cost.space import weightless
from hw.cost.work import loop_work, stage_work
from hw.families import ECP5, ICE40
from hw.families.fabric import Size
from quant import Conv2d, Dense, Feedback, FirstSpikePool, Flatten, Network, Rate, SingleSpike
from quant.dataflow import folding
from quant.dataflow.chain import Node, chain, enclosed, every
from quant.dataflow.folding import Fold, fold_choices
from quant.dataflow.lowering import stages
from quant.dataflow.parts import stage_cores
from quant.dataflow.stage import SynapticStage
from quant.description.integers import weights
from quant.description.signs import SignTensor
from quant.files import artefact, zoo
from quant.files.artefact import Provenance
from quant.timing import simulation as timing
from tests.helpers.networks import loops, phases, rates


def zeros(*shape):
    return SignTensor(shape, bytes((functools.reduce(int.__mul__, shape) + 7) // 8))


def synaptic(kind, *shape, **options):
    return kind(weights=zeros(*shape), neurons=SingleSpike(threshold=range(shape[0])), **options)


@pytest.fixture(scope="module")
def small():
    return Network(input_shape=(1, 10, 10), steps=7, layers=[
        synaptic(Conv2d, 4, 1, 3, 3), FirstSpikePool(size=2), synaptic(Conv2d, 6, 4, 3, 3), Flatten(),
        synaptic(Dense, 3, 24)])


@pytest.fixture(scope="module")
def large():
    return Network(input_shape=(1, 28, 28), steps=7, layers=[
        synaptic(Conv2d, 16, 1, 5, 5), FirstSpikePool(size=2), synaptic(Conv2d, 32, 16, 5, 5), FirstSpikePool(size=2),
        Flatten(), synaptic(Dense, 10, 512)])


def random_stage(rng):
    """A convolution of any shape, or the dense layer after it."""
    channels, outputs, kernel = rng.randint(1, 4), rng.choice([1, 2, 4, 6]), rng.choice([1, 2, 3, 5])
    conv = synaptic(Conv2d, outputs, channels, kernel, kernel, stride=rng.randint(1, 3),
                    padding=rng.randint(0, kernel - 1))
    shape = (channels, rng.randint(kernel, 9), rng.randint(kernel, 9))
    features = functools.reduce(int.__mul__, conv.output_shape(shape))
    network = Network(input_shape=shape, steps=rng.choice([1, 2, 4, 5, 7, 8]),
                      layers=[conv, Flatten(), synaptic(Dense, rng.choice([2, 4]), features)])
    return rng.choice(stages(network))


def interval_alone(stage, fold, images=4):
    """Cycles per image of a stage that is given words and rid of results at once, by the exact timing."""
    nodes = enclosed([Node(name, core) for name, core in stage_cores(stage, fold)])
    size = stage.shape_in[0] * stage.shape_in[1] * stage.shape_in[2]
    words = size // (stage.shape_in[0] if fold.synapses == stage.fan_in else fold.synapses)
    outputs = (stage.shape_out[1] * stage.shape_out[2] * stage.shape_out[0] // fold.channels
               * (stage.steps if stage.is_output else 1))
    cycles = timing.run(nodes, words=words * images, outputs=outputs * images,
                        watch={"neurons"}).borders["neurons"]
    return cycles[-1] - cycles[-1 - outputs]


@pytest.mark.parametrize("seed", range(25))
def test_stage_work_is_the_exact_interval_of_a_memory_window(seed):
    rng = random.Random(seed)
    while True:
        stage = random_stage(rng)
        fold = rng.choice(fold_choices(stage))
        if not stage.is_output and fold.synapses < stage.fan_in and stage.steps % fold.ticks == 0:
            break
    assert stage_work(stage, fold) == interval_alone(stage, fold)


@pytest.mark.parametrize("seed", range(25))
def test_stage_work_is_never_less_than_the_exact_interval(seed):
    rng = random.Random(seed)
    stage = random_stage(rng)
    fold = rng.choice(fold_choices(stage))
    assert interval_alone(stage, fold) <= stage_work(stage, fold)


@pytest.mark.parametrize("fold", ["10,4,1", "5,4,1", "1,4,1", "10,2,3"])
def test_work_of_the_last_stage_holds_the_scan_of_the_classes(fold):
    network = Network(input_shape=(4, 1, 1), steps=7, layers=[synaptic(Dense, 10, 4)])
    choice = folding.parse(fold)
    work = stage_work(stages(network)[0], choice[0])
    assert timing.initiation_interval(chain(network, choice), 4)[0] <= work
    assert work >= 7 + 10


@pytest.mark.parametrize(("name", "fold"), [
    ("fashion-phase-wide", "8,25,2 8,48,6 8,48,6 4,48,6 4,96,6 4,96,6 10,4,1"),
    ("cifar-latency", "2,3,2 1,16,3 1,16,3 1,8,3 1,16,3 1,16,3 1,8,3 1,16,3 1,16,3 1,16,2 1,32,2 1,32,2 10,1,1")])
def test_a_network_with_shortcuts_is_as_fast_as_its_busiest_stage(name, fold):
    network, folds = artefact.load(zoo.path(name)).network, folding.parse(fold)
    exact = timing.initiation_interval(chain(network, folds), math.prod(network.input_shape))[0]
    assert 0.9 <= exact / max(map(stage_work, stages(network), folds)) <= 1.01


@pytest.mark.parametrize("limit", [150, 300, 1000, 5000])
def test_chosen_interval_is_kept_exactly(small, limit):
    nodes = chain(small, for_interval(small, limit, ECP5))
    assert timing.initiation_interval(nodes, 100)[0] <= limit


@pytest.mark.parametrize("make", [rates, phases, loops])
@pytest.mark.parametrize("limit", [700, 5000, pytest.param(30_000, marks=pytest.mark.long)])
def test_chosen_interval_is_kept_exactly_by_every_kind_of_neurons_and_by_shortcuts(make, limit):
    nodes = chain(make(), for_interval(make(), limit, ECP5))
    assert timing.initiation_interval(nodes, 128)[0] <= limit


@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(20, 80))])
def test_work_with_a_loop_is_never_less_than_the_exact_interval(seed):
    rng = random.Random(seed)
    channels, size, kernel, steps = rng.choice([1, 2, 4, 6]), rng.randint(1, 7), rng.choice([0, 1, 3, 5]), 5
    options = {"neurons": Rate(threshold=[9] * channels),
               "feedback": Feedback(weights=zeros(channels, channels, *[kernel] * 2 if kernel else []))}
    layers = [Conv2d(weights=zeros(channels, 1, 1, 1), **options), Flatten()] if kernel else [
        Flatten(), Dense(weights=zeros(channels, size * size), **options)]
    network = Network(input_shape=(1, size, size), steps=steps, coding="direct", readout="count", layers=(
        *layers, Dense(weights=zeros(1, channels * (size * size if kernel else 1)), neurons=Rate(threshold=[9]))))
    (stage,) = (stage for stage in stages(network) if stage.loop)
    fold = rng.choice(fold_choices(stage))
    turn = rng.choice([turn for turn in fold_choices(stage.loop.stage) if turn.channels == fold.channels])
    (node,) = (node for node in chain(network, (fold, turn, folding.folded(network)[-1])) if node.enclosed)
    places = node.core.places
    nodes = enclosed([Node(name, core, enclosed=node.enclosed if name == "neurons" else ())
                      for name, core in stage_cores(stage, fold)])
    words = size * size * stage.shape_in[0] // stage.word_lanes(fold.synapses) // (1 if kernel else size * size)
    times = timing.run(nodes, words=4 * words, outputs=4 * places, watch={"neurons"}).borders["neurons"]
    work = stage_work(stage, fold) + (steps - 1) * loop_work(stage.loop.stage, turn)
    exact = times[-1] - times[-1 - places]
    assert exact <= work <= 1.25 * exact + 20 * steps


def test_no_smaller_folding_works_as_short():
    network = Network(input_shape=(1, 4, 4), steps=4, layers=[
        synaptic(Conv2d, 2, 1, 3, 3), Flatten(), synaptic(Dense, 2, 8)])
    luts = {}
    for choice in itertools.product(*map(fold_choices, stages(network))):
        work = max(stage_work(stage, fold) for stage, fold in zip(stages(network), choice, strict=True))
        if work <= 60:
            luts[choice] = sum(math.ceil(size(node.core, ICE40.fabric).luts) for node in every(chain(network, choice)))
    found = explore._space(network, ICE40).smallest(60)
    assert found.size.luts == luts[found.folds] == min(luts.values())


def test_too_short_an_interval_names_the_fastest(small):
    with pytest.raises(ValueError, match=r"^cycles per image must be at least 50 for this network, not 49$"):
        for_interval(small, 49, ECP5)


def test_images_a_second_become_cycles(small):
    assert for_fps(small, 12e6, 30_000, ECP5) == for_interval(small, 400, ECP5)


def test_too_many_images_a_second_name_the_most(small):
    with pytest.raises(ValueError, match=r"^images a second must be at most 240000 .* at 12 MHz, not 1e\+07$"):
        for_fps(small, 12e6, 1e7, ECP5)


def test_wrong_clock(small):
    with pytest.raises(ValueError, match=r"^clock_hz must be positive, not 0$"):
        for_fps(small, 0, 10, ECP5)


def test_frontier_trades_cycles_for_luts(small):
    points = frontier(small, ICE40)
    assert len(points) > 5
    assert all(a.cycles < b.cycles and a.luts > b.luts for a, b in zip(points, points[1:], strict=False))


def test_frontier_agrees_with_the_estimate(small):
    for point in frontier(small, ECP5):
        whole = estimate(small, point.folding, ECP5)
        assert (point.luts, point.block_rams) == (whole.luts, whole.block_rams)


def test_a_limit_may_be_reached(small):
    for point in frontier(small, ECP5):
        assert explore._space(small, ECP5).smallest(point.cycles).folds == point.folding


def test_fastest_folding_that_fits_leaves_a_margin(small):
    points = frontier(small, ICE40)
    chosen = points[len(points) // 2]
    room = -(-chosen.luts * 100 // 92)
    assert fitting(small, ICE40, room, 30) == chosen.folding
    assert fitting(small, ICE40, room - 2, 30) == points[len(points) // 2 + 1].folding


def test_what_fits_is_the_fastest_by_exact_timing(small):
    points = frontier(small, ECP5)
    exact = {point.folding: timing.initiation_interval(chain(small, point.folding), 100)[0] for point in points}
    for point in points:
        room = math.ceil(point.luts / (1 - explore.MARGIN))
        best = min(exact[other.folding] for other in points if other.luts <= point.luts)
        assert exact[fitting(small, ECP5, room, 100)] == best


def test_nothing_fits_into_nothing(small):
    assert fitting(small, ICE40, 100, 30) is None
    assert fitting(small, ICE40, 1100, 0) is None


def test_foldings_found_are_legal(large):
    for point in frontier(large, ICE40):
        folding.check(large, point.folding)


def test_fold_choices_are_all_legal_and_none_idle(small):
    for stage in stages(small):
        if isinstance(stage, SynapticStage):
            chosen = fold_choices(stage)
            assert Fold(channels=1, synapses=1, ticks=1) in chosen
            assert Fold(channels=stage.shape_out[0], synapses=stage.fan_in, ticks=7) in chosen
            assert not any(fold.ticks in (5, 6) for fold in chosen)  # two passes, as 4 takes


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_weights_do_not_matter_to_the_search(small, bits):
    stage = stages(small)[2]
    if bits > 1:
        numbers = np.random.default_rng(bits).integers(-2**(bits - 1), 2**(bits - 1), stage.weights.shape)
        stage = replace(stage, weights=weights(numbers))
    for fold in fold_choices(stage):
        whole = sum((size(core, ECP5.fabric) for _, core in stage_cores(stage, fold)), Size())
        bare = sum((size(core, ECP5.fabric) for _, core in stage_cores(weightless(stage), fold)), Size())
        assert whole == bare


def count_calls(monkeypatch, module, name):
    """Arguments of all calls of a function of the search from now on."""
    calls, whole = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *arguments: (calls.append(arguments), whole(*arguments))[1])
    return calls


def test_the_search_joins_few_stages(large, monkeypatch):
    """Of the foldings of a stage whose words are alike, only the smallest is joined to each chain before it."""
    explore._space(large, ICE40)
    joined = count_calls(monkeypatch, space.Space, "_keep")
    assert len(points := frontier(large, ICE40)) > 20
    assert len(joined) < 400 * len(points)


@pytest.mark.parametrize(("first", "limit"), [(0, 10_000), (3000, 9000), (5000, 5000)])
def test_a_stretch_of_the_frontier_is_that_of_the_whole(large, first, limit):
    whole = frontier(large, ICE40)
    assert explore._space(large, ICE40).points(first, limit) == [
        point for point in whole if first <= point.cycles <= limit]


def test_the_fastest_that_fits_is_the_first_that_is_no_larger(large):
    whole = frontier(large, ICE40)
    for luts in (whole[0].luts, 10_000, 3000, whole[-1].luts):
        found = fitting(large, ICE40, math.ceil(luts / (1 - explore.MARGIN)), 10_000)
        assert explore.initiation_interval(large, found)[0] <= next(
            explore.initiation_interval(large, point.folding)[0] for point in whole if point.luts <= luts)


def test_few_foldings_are_timed(large, monkeypatch):
    timed = count_calls(monkeypatch, explore, "initiation_interval")
    assert fitting(large, ECP5, 80_000, 200)
    assert 0 < len(timed) <= 5


def test_the_verb_lists_the_frontier(small, tmp_path, capsys):
    artefact.save(small, tmp_path / "small.safetensors", provenance=Provenance())
    assert cli.main(["explore", "--network", str(tmp_path / "small.safetensors"), "--board", "icebreaker",
                     "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    points = frontier(small, ICE40)
    assert [entry["folding"] for entry in listed] == [folding.text(point.folding) for point in points]
    assert [entry["cycles_per_image"] for entry in listed] == [point.cycles for point in points]
    assert listed[-1]["fits"]


@pytest.mark.parametrize("fps", [1e-9, 1e-320, 5e-324])
def test_a_rate_that_any_folding_reaches_gives_the_smallest(small, fps):
    assert for_fps(small, 12e6, fps, ICE40) == for_interval(small, 10**9, ICE40)
