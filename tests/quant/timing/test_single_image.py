import math

from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Dense, Network, SingleSpike
from quant.dataflow import cores
from quant.dataflow.chain import chain
from quant.dataflow.folding import folded, parse
from quant.timing.simulation import initiation_interval, run_images
from quant.timing.single_image import count_cycles, single_image_timing
from tests.helpers.networks import small
from tests.helpers.strategies import foldings, networks

RANDOM = settings(deadline=None, derandomize=True, database=None)
SMALL = {"max_maps": 2, "max_dense": 2, "max_extent": 4, "max_channels": 3, "steps": st.integers(1, 7)}


def designs():
    return networks(**SMALL).flatmap(lambda network: st.tuples(st.just(network), foldings(network)))


def offering(starts, pixels):
    """A source that offers every image whole, the first pixel in the cycle of ``starts``."""
    due = iter([start for start in starts for _ in range(pixels)])
    nexts = [next(due)]

    def source(cycle):
        if not nexts or cycle < nexts[0]:
            return False
        nexts[:] = [following for following in [next(due, None)] if following is not None]
        return True

    return source


def results(nodes, pixels, ticks, starts):
    return run_images(nodes, pixels=pixels, decisions=ticks, source=offering(starts, pixels)).borders["readout"]


def test_a_dense_layer_by_hand():
    network = Network(input_shape=(2, 1, 1), steps=4, layers=(
        Dense(weights=[[1, 1]] * 3, neurons=SingleSpike(threshold=(1, 1, 1))),))
    times = single_image_timing(chain(network, parse("3,2,4")), 2)
    # two pixels; encoder (2), slice, pack, window, synapses (3), neurons (3 and one a tick); readout, three classes
    assert times.cycles == tuple(2 + 11 + tick + 1 + 3 for tick in (0, 1, 2, 3, 3))
    assert times.rest == times.cycles[-1]


@settings(RANDOM, max_examples=60)
@given(designs(), st.data())
def test_an_image_that_finds_the_core_at_rest_takes_what_its_tick_says(design, data):
    network, folding = design
    nodes, pixels = chain(network, folding), math.prod(network.input_shape)
    times = single_image_timing(nodes, pixels)
    ticks = data.draw(st.lists(st.integers(0, network.steps), min_size=2, max_size=4))
    starts = [200 + number * times.rest for number in range(len(ticks))]  # 200: more than any pad runs ahead here
    assert results(nodes, pixels, ticks, starts) == [
        start + times.cycles[tick] - 1 for start, tick in zip(starts, ticks, strict=True)]


@settings(RANDOM, max_examples=30)
@given(designs())
def test_rest_is_not_longer_than_it_must_be(design):
    """A chain that is at rest later than its last result is one whose pads run ahead, or that drops its last pixels."""
    network, folding = design
    nodes, pixels = chain(network, folding), math.prod(network.input_shape)
    times = single_image_timing(nodes, pixels)
    assert times.rest == times.cycles[-1] or any("pad" in node.name or drops(node.core) for node in nodes)


def drops(core):
    """True if the last pixels of a map belong to no window."""
    extents = (getattr(core, "height", 0), getattr(core, "width", 0))
    if isinstance(core, cores.Pool):
        return any(extent % core.size for extent in extents)
    return isinstance(core, cores.Window) and any((extent - core.size) % core.stride for extent in extents)


@settings(RANDOM, max_examples=30)
@given(designs(), st.data())
def test_images_with_no_gap_take_what_is_counted(design, data):
    network, folding = design
    nodes, pixels = chain(network, folding), math.prod(network.input_shape)
    ticks = data.draw(st.lists(st.integers(0, network.steps), min_size=1, max_size=4))
    assert results(nodes, pixels, ticks, [200] * len(ticks))[-1] == 199 + count_cycles(nodes, pixels, ticks)


def test_one_image_alone_is_counted_the_same():
    network = small()
    nodes = chain(network, folded(network))
    times = single_image_timing(nodes, 128)
    assert [count_cycles(nodes, 128, [tick]) for tick in range(5)] == list(times.cycles)


def test_a_pad_that_has_run_ahead_saves_cycles():
    network = small()
    nodes = chain(network, folded(network))
    assert single_image_timing(nodes, 128).cycles[-1] < initiation_interval(nodes, 128)[1]
