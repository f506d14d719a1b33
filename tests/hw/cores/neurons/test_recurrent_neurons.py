# amaranth: UnusedElaboratable=no
import random
from dataclasses import replace

import pytest
from amaranth.hdl import Value
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, Feedback, Flatten, Network, Rate
from quant.dataflow.chain import chain
from quant.dataflow.folding import parse
from quant.timing.simulation import always, run
from tests.helpers.clocked.simulation import ClockedChain
from tests.helpers.cores.bench import RATES, every_stall, observe, payload_shape, raw, split
from tests.helpers.cores.enclosing import Enclosing, agree
from tests.helpers.networks import signs


def looped(folding, channels=2, extent=1, kernel=0, steps=4, rate=None, shift=3):
    """Recurrent neurons over a map of ``extent`` x ``extent + 1`` pixels, or of a dense layer, and their loop."""
    rng = random.Random(3)
    neurons = Rate(threshold=[rng.randint(100, 400) for _ in range(channels)], **(rate or {}))
    wires = Feedback(weights=signs(rng, channels, channels, *[kernel] * 2 if kernel else []), shift=shift)
    if kernel:
        layers = [Conv2d(weights=signs(rng, channels, 1, 1, 1), neurons=neurons, feedback=wires), Flatten()]
    else:
        inputs = extent * (extent + 1)
        layers = [Flatten(), Dense(weights=signs(rng, channels, inputs), neurons=neurons, feedback=wires)]
    outputs = channels * (extent * (extent + 1) if kernel else 1)
    network = Network(input_shape=(1, extent, extent + 1), steps=steps, coding="direct", readout="count", layers=(
        *layers, Dense(weights=signs(rng, 1, outputs), neurons=Rate(threshold=[9]))))
    (node,) = (node for node in chain(network, parse(f"{folding} 1,1,1")) if node.enclosed)
    return node


def currents(core, maps, seed=0):
    """Random n_input, of which some are at their bounds."""
    rng = random.Random(seed)
    return [tuple(rng.choice((rng.randint(-core.before, core.before), core.before, -core.before))
                  for _ in range(core.channels)) for _ in range(maps * core.places)]


def respond(node, words):
    """Output words of the hardware, and cycles of its input and output transfers; no model is asked."""
    dut = Enclosing(node)
    taken, given = observe(dut, [raw(payload_shape(dut.i), word) for word in words], len(words))
    return [split(payload_shape(dut.o), value) for _, value in given], taken, [cycle for cycle, _ in given]


SHAPES = {
    "one pixel": {"folding": "1,1,1 1,1,1", "channels": 3},
    "one pixel, all at once": {"folding": "3,2,8 3,3,1", "channels": 3},
    "one neuron": {"folding": "1,1,1 1,1,1", "channels": 1},
    "words are packed": {"folding": "2,1,8 2,3,1", "channels": 6},
    "map, 3x3": {"folding": "1,1,8 1,1,1", "extent": 3, "kernel": 3},
    "map, 3x3, whole window": {"folding": "2,1,8 2,18,1", "extent": 3, "kernel": 3, "steps": 2},
    "map, 1x1": {"folding": "1,1,8 1,2,1", "extent": 2, "kernel": 1},
    "small map, 5x5": {"folding": "2,1,8 2,1,1", "extent": 1, "kernel": 5},
}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@every_stall
@every_shape
def test_agrees_with_models(shape, stall):
    node = looped(**shape)
    agree(node, currents(node.core, 3), stall=stall)


@pytest.mark.parametrize("rate", [{"reset": "zero"}, {"leak": 2, "fraction": 2}, {"bias": [50, -300]}], ids=str)
def test_every_rate_agrees_with_models(rate):
    node = looped("1,1,8 1,1,1", extent=2, kernel=3, rate=rate)
    agree(node, currents(node.core, 2), stall=0.3)


@settings(max_examples=6, deadline=None, derandomize=True, database=None)
@given(data=st.data(), kernel=st.sampled_from([0, 1, 3]), steps=st.integers(2, 6), extent=st.integers(1, 3),
       stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_loop_agrees_with_models(data, kernel, steps, extent, stall, seed):
    channels, many = data.draw(st.sampled_from([(1, 1), (1, 4), (2, 4), (4, 4), (3, 3)]))
    synapses = data.draw(st.sampled_from([1, many, many * max(1, kernel) ** 2]))
    node = looped(f"{channels},1,8 {channels},{synapses},1", many, extent, kernel, steps)
    agree(node, currents(node.core, 2, seed), stall=stall, seed=seed)


def by_hand():
    """Two neurons of thresholds 100 and 120; weights +1 -1 / +1 +1, << 2."""
    network = Network(input_shape=(2, 1, 1), steps=4, coding="direct", readout="potential", layers=(
        Dense(weights=[[1, 1], [1, -1]], neurons=Rate(threshold=[100, 120]),
              feedback=Feedback(weights=[[1, -1], [1, 1]], shift=2)),
        Dense(weights=[[1, -1]], neurons=Rate(threshold=[9]))))
    (node,) = (node for node in chain(network, parse("1,1,8 1,1,1 1,1,1")) if node.enclosed)
    return node


def test_trains_by_hand():
    """V of the first: 70; 140 fires, 40 are left; 40 + 70 + 4 = 114 fires, 14 left; 14 + 70 + 4 - 4 = 84.

    V of the second: 50; 100; 100 + 50 + 4 = 154 fires, 34 left; 34 + 50 + 4 + 4 = 92. And once more.
    """
    trains, _, _ = respond(by_hand(), [(70,), (50,)] * 2)
    assert trains == [(0b0110,), (0b0100,)] * 2


def test_the_next_map_is_begun_when_the_last_is_done():
    _, taken, given = respond(by_hand(), [(70,), (50,)] * 2)
    assert taken[:2] == [0, 1]
    assert taken[2:] == [given[1], given[1] + 1]  # valid a cycle after the last word was computed


@every_shape
def test_no_more_spikes_wait_than_a_map_has(shape):
    """However the ends stall, and however slow the loop is."""
    node = looped(**shape)
    simulation = ClockedChain([node])
    (model,) = simulation.models.values()
    most, rng = 0, random.Random(1)
    for cycle in range(4000):
        simulation.cycle(True, rng.random() < (0.2 if cycle % 500 < 250 else 1.0))
        most = max(most, model.held)
    assert 0 < most <= node.core.places <= node.core.depth
    assert len(simulation.moves[node.name]) > node.core.places


@pytest.mark.parametrize("sign", [1, -1])
def test_largest_sums_fit(sign):
    """All inputs, weights and spikes add up; the cores' own assertions are checked in each cycle."""
    ones = [[1] * 4] * 4
    network = Network(input_shape=(3, 1, 1), steps=5, coding="direct", readout="potential", layers=(
        Dense(weights=[[sign] * 3] * 2 + [[1] * 3] * 2,
              neurons=Rate(threshold=[1] * 4, fraction=3, bias=[sign * 9] * 4, leak=1),
              feedback=Feedback(weights=[[sign] * 4] * 2 + ones[:2], shift=9)),
        Dense(weights=ones[:1], neurons=Rate(threshold=[9]))))
    (node,) = (node for node in chain(network, parse("2,3,8 2,1,1 1,1,1")) if node.enclosed)
    agree(node, [(sign * 765,) * 2, (765,) * 2] * 2)


@pytest.mark.parametrize("shape", [("1,1,8 1,1,1", 64), ("1,1,8 1,12,1", 12), ("2,1,8 2,8,1", 64),
                                   ("1,1,8 1,1,1", 8, 6, 1), ("2,1,8 2,1,1", 8, 4, 3)], ids=str)
def test_cycles_are_those_of_clocked_cores(shape):
    node = looped(*shape)
    words = 2 * node.core.places
    times, clocked = run([node], words=words, outputs=words), ClockedChain([node])
    assert times.inputs == clocked.stream(words, words, always, always)
    assert times.borders == clocked.moves


def test_ports_of_the_loop_have_the_widths_of_its_cores():
    node = looped("2,1,8 2,3,1", channels=6)
    dut = Enclosing(node).components[node.name]
    assert len(Value.cast(dut.enters.payload)) == node.core.channels == 2
    assert len(Value.cast(dut.leaves.payload)) == 2 * node.core.fed_width == 2 * 4


def test_a_node_without_its_loop_has_no_timing():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'loop'"):
        run([replace(looped(**SHAPES["one neuron"]), enclosed=())], words=1, outputs=1)
