import itertools
import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp, Rate, Shortcut, SingleSpike
from quant.dataflow import cores
from quant.dataflow.chain import Node, chain, every, input_words
from quant.dataflow.folding import copied, folded, parse, unrolled
from quant.description.layers import MAX_LAYERS
from quant.timing.models import timing_model
from quant.timing.simulation import always, initiation_interval, run, run_images
from sim.cycle import payload
from tests.helpers.clocked.simulation import ClockedChain, clocked
from tests.helpers.cores.bench import pattern
from tests.helpers.networks import loops, phases, rates
from tests.helpers.strategies import foldings, images_for, networks

RANDOM = settings(deadline=None, derandomize=True, database=None)
COPY, PACK = (Node(name, cores.Pack(bit_planes=4, lanes=1, ratio=ratio)) for name, ratio in (("copy", 1), ("pack", 3)))


def only(cycles):
    return lambda cycle: cycle in cycles


def test_word_a_cycle():
    times = run([COPY], words=3, outputs=3)
    assert (times.inputs, times.borders) == ([0, 1, 2], {"copy": [1, 2, 3]})


def test_stalled_sink_stalls_the_source():
    times = run([COPY], words=3, outputs=3, sink=only({4, 5, 7}))
    assert (times.inputs, times.borders["copy"]) == ([0, 4, 5], [4, 5, 7])


def test_source_keeps_offering():
    times = run([COPY], words=2, outputs=2, source=only({1, 3}), sink=only({5, 6}))
    assert (times.inputs, times.borders["copy"]) == ([1, 5], [5, 6])


def test_borders_of_a_chain():
    times = run([COPY, PACK], words=6, outputs=2)
    assert times.borders == {"copy": [1, 2, 3, 4, 5, 6], "pack": [4, 7]}


def test_watched_borders_alone_are_recorded():
    times = run([COPY, PACK], words=6, outputs=2, watch={"pack"})
    assert (times.inputs, times.borders) == ([], {"copy": [], "pack": [4, 7]})


def test_wrong_limit():
    with pytest.raises(TimeoutError, match=r"^chain must give 3 outputs in 50 cycles, not 2$"):
        run([COPY, PACK], words=6, outputs=3, limit=50)


def test_no_timing_model_of_another_core():
    with pytest.raises(TypeError, match=r"^core must have a timing model, not Core\(bit_planes=1, "):
        timing_model(cores.Core(bit_planes=1))


def test_readout_decides_at_the_given_tick():
    readout = [Node("readout", cores.Readout(bit_planes=4, kind="first_spike", channels=2, groups=1, membrane_width=3))]
    outs = [run(readout, words=4, outputs=1, decisions=[tick]).borders["readout"] for tick in range(5)]
    assert outs == [[3], [4], [5], [6], [6]]  # two classes are scanned; no spike is decided at the last tick


def dense(outputs, inputs):
    return Dense(weights=[[1] * inputs] * outputs, neurons=SingleSpike(threshold=[1] * outputs, psp=Ramp()))


NETWORK = Network(input_shape=(9, 1, 1), steps=4, layers=(dense(5, 9), dense(3, 5)))


@pytest.mark.parametrize(("folding", "cycles"), [
    ("5,9,4 3,5,4", 9),  # pixels
    ("1,1,4 3,5,4", 5 * 9),  # channels x synapses
    ("1,1,1 3,5,4", 5 * 9 * 4),  # and ticks, one at a time
    ("1,3,2 3,5,4", 5 * 3 * 2),
    ("5,9,4 1,1,1", 3 * 5 * 4)])
def test_interval_by_hand(folding, cycles):
    assert initiation_interval(chain(NETWORK, parse(folding)), 9)[0] == cycles


def test_readout_takes_a_cycle_a_tick_and_a_cycle_a_class_and_one_behind_the_result():
    network = Network(input_shape=(1, 1, 1), steps=4, layers=(dense(3, 1),))
    assert initiation_interval(chain(network, unrolled(network)), 1)[0] == 4 + 3 + 1


def simulated(network, folding, images, source=always, sink=always):
    nodes = chain(network, folding)
    words = payload.borders(nodes, [image.transpose(1, 2, 0).ravel().tolist() for image in images])
    decisions = [word[1] for word in words["readout"]]
    return words, run_images(nodes, pixels=images[0].size, decisions=decisions, source=source, sink=sink)


SMALL = {"max_maps": 2, "max_dense": 2, "max_extent": 4, "max_channels": 3, "steps": st.integers(1, 7)}


def assert_clocked(nodes, words, outputs, decisions=(), source=always, sink=always):
    """Every transfer moves in the cycle in which it does if all cores are clocked."""
    times = run(nodes, words=words, outputs=outputs, decisions=decisions, source=source, sink=sink)
    chain = ClockedChain(nodes, decisions)
    assert times.inputs == chain.stream(words, outputs, source, sink)
    assert times.borders == chain.moves


def test_every_core_has_both_models():
    assert set(clocked.registry) == {*timing_model.registry, cores.Readout}


def test_no_clocked_model_of_another_core():
    with pytest.raises(TypeError, match=r"^core must have a clocked model, not Core\(bit_planes=1, "):
        clocked(cores.Core(bit_planes=1))


@settings(RANDOM, max_examples=60)
@given(st.data(), st.integers(0, 99), st.sampled_from([0, 0.3, 0.7]), st.sampled_from([0, 0.3, 0.7]))
def test_cycles_are_those_of_clocked_cores(data, seed, gap, stall):
    network = data.draw(networks(**SMALL))
    nodes = chain(network, data.draw(foldings(network)))
    words = input_words(nodes, math.prod(network.input_shape))
    ticks = data.draw(st.lists(st.integers(0, network.steps), min_size=1, max_size=4))
    assert_clocked(nodes, words * len(ticks), len(ticks), ticks, pattern(seed, gap), pattern(seed + 1, stall))


@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.parametrize("make", [rates, phases, loops])
def test_cycles_are_those_of_clocked_cores_of_every_kind(make, number):
    network = make()
    nodes, pixels = chain(network, copied(folded(network), number)), math.prod(network.input_shape)
    assert_clocked(nodes, 2 * pixels, 2, [0, network.steps - 1])


@settings(RANDOM, max_examples=15)
@given(st.data(), st.integers(2, 4), st.integers(0, 99), st.sampled_from([0, 0.3, 0.7]), st.sampled_from([0, 0.3, 0.7]))
def test_cycles_of_copies_are_those_of_clocked_cores(data, number, seed, gap, stall):
    network = data.draw(networks(**SMALL))
    nodes = chain(network, copied(data.draw(foldings(network)), number))
    ticks = data.draw(st.lists(st.integers(0, network.steps), min_size=1, max_size=3 * number))
    words = input_words(nodes, math.prod(network.input_shape))
    assert_clocked(nodes, words * len(ticks), len(ticks), ticks, pattern(seed, gap), pattern(seed + 1, stall))


def mean_interval(nodes, network, images):
    """Of the latter half of the images, the mean of cycles from result to result."""
    results = run_images(nodes, pixels=math.prod(network.input_shape), decisions=[network.steps] * images)
    cycles = results.borders[nodes[-1].name]
    return Fraction(cycles[-1] - cycles[-1 - images // 2], images // 2)


@settings(RANDOM, max_examples=20)
@given(st.data(), st.integers(2, 4))
def test_interval_of_copies_is_that_of_any_later_round(data, number):
    network = data.draw(networks(**SMALL))
    folding, pixels = data.draw(foldings(network)), math.prod(network.input_shape)
    one, nodes = chain(network, folding), chain(network, copied(folding, number))
    cycles = mean_interval(nodes, network, 24 * number)
    assert initiation_interval(nodes, pixels)[0] == math.ceil(cycles)
    assert cycles == max(mean_interval(one, network, 24) / number, input_words(one, pixels))


@settings(RANDOM, max_examples=40)
@given(st.data(), st.integers(0, 99), st.sampled_from([0, 0.5]))
def test_cycles_do_not_depend_on_what_is_watched(data, seed, stall):
    network = data.draw(networks(**SMALL))
    nodes, pixels = chain(network, data.draw(foldings(network))), math.prod(network.input_shape)
    options = {"pixels": pixels, "decisions": [network.steps, 0], "sink": pattern(seed, stall)}
    whole = run_images(nodes, **options).borders
    watch = data.draw(st.sets(st.sampled_from(sorted(whole))))
    assert run_images(nodes, watch=watch, **options).borders == {
        name: cycles if name in watch else [] for name, cycles in whole.items()}


@pytest.fixture
def _shallow():
    """Python's stack is too short for a deep network, as that of some callers."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(500)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("_shallow")
def test_a_deep_network():
    one = Conv2d(weights=[[[[1]]] * 2] * 2, neurons=SingleSpike(threshold=[1] * 2))
    network = Network(input_shape=(2, 1, 1), steps=2, layers=(*[one] * (MAX_LAYERS - 2), Flatten(), dense(2, 2)))
    nodes = chain(network, parse(" ".join(["1,2,2"] * (MAX_LAYERS - 2) + ["1,1,1"])))
    times = run_images(nodes, pixels=2, decisions=[2])
    assert len(times.borders) == len(list(every(nodes))) > 5 * (MAX_LAYERS - 2)


@settings(RANDOM, max_examples=20)
@given(st.data(), st.integers(0, 99), st.sampled_from([0.3, 0.7]))
def test_stalls_delay_and_nothing_else(data, seed, rate):
    network = data.draw(networks(**SMALL))
    folding, images = data.draw(foldings(network)), data.draw(images_for(network, 2))
    words, free = simulated(network, folding, images)
    _, stalled = simulated(network, folding, images, pattern(seed, rate), pattern(seed + 1, rate))
    assert len(stalled.inputs) == images.size
    assert len(stalled.borders["readout"]) == len(words["readout"])
    for name, cycles in stalled.borders.items():
        assert all(late >= early for late, early in zip(cycles, free.borders[name], strict=False))


@settings(RANDOM, max_examples=30)
@given(st.data())
def test_interval_is_that_of_any_later_image(data):
    network = data.draw(networks(**SMALL))
    nodes = chain(network, data.draw(foldings(network)))
    pixels = network.input_shape[0] * network.input_shape[1] * network.input_shape[2]
    assert initiation_interval(nodes, pixels)[0] == math.ceil(mean_interval(nodes, network, 24))


def test_interval_of_results_at_two_intervals_in_turn():
    square, two = [[[[1]]] * 2] * 2, Rate(threshold=[1, 1])
    network = Network(input_shape=(2, 1, 1), steps=1, readout="count", layers=(
        Conv2d(weights=square, neurons=two),
        Conv2d(weights=square, neurons=two, shortcut=Shortcut(source=1, gain=[1, 1])),
        Flatten(), Dense(weights=[[1] * 2] * 2, neurons=Rate(threshold=[1] * 2))))
    nodes = chain(network, parse("1,1,1 1,1,1 1,1,1"))
    results = run_images(nodes, pixels=2, decisions=[1] * 24).borders["readout"]
    assert {b - a for a, b in itertools.pairwise(results[12:])} == {5, 7}
    assert initiation_interval(nodes, 2)[0] == 6


def test_a_row_waits_in_front_of_a_register_window_that_stays():
    """A row of the pool comes within 12 cycles, and keeps the window behind it busy for 16."""
    ones = lambda *shape: np.ones(shape, np.int8)  # noqa: E731
    neurons = [SingleSpike(threshold=[1] * channels, psp=Ramp()) for channels in (2, 2, 3)]
    network = Network(input_shape=(1, 12, 12), steps=4, layers=(
        Conv2d(weights=ones(2, 1, 3, 3), neurons=neurons[0]), FirstSpikePool(size=2),
        Conv2d(weights=ones(2, 2, 2, 2), neurons=neurons[1]), Flatten(),
        Dense(weights=ones(3, 32), neurons=neurons[2])))
    nodes = chain(network, parse("2,9,4 2,8,1 3,2,1"))
    assert initiation_interval(nodes, 144)[0] == 144


@settings(RANDOM, max_examples=30)
@given(st.data())
def test_latency_is_that_of_an_image_by_itself(data):
    network = data.draw(networks(**SMALL))
    nodes = chain(network, unrolled(network))
    pixels = network.input_shape[0] * network.input_shape[1] * network.input_shape[2]
    alone = run_images(nodes, pixels=pixels, decisions=[network.steps]).borders["readout"]
    assert initiation_interval(nodes, pixels)[1] == alone[0] + 1
