import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Dense, Network, Rate, SingleSpike, Step
from quant.dataflow.chain import chain
from quant.dataflow.folding import copied, folded, parse, unrolled
from quant.timing.simulation import initiation_interval, run_images
from tests.helpers.networks import small
from tests.helpers.strategies import foldings, networks
from verify.schedule import FIRST, Schedule

SLOWLY = "4,18,2 2,4,4 1,2,1"  # rows fill up before a slow core
FOLDINGS = [folded(small()), parse("2,1,2 3,2,4 5,6,1"), unrolled(small())]


def assert_exact(nodes, pixels, ticks):
    due = run_images(nodes, pixels=pixels, decisions=ticks)
    inputs, results = Schedule(nodes, pixels).cycles(np.array(ticks))
    assert inputs.ravel().tolist() == due.inputs
    assert results.tolist() == due.borders[nodes[-1].name]


@pytest.mark.parametrize("folding", FOLDINGS, ids=len)
def test_later_images_repeat_the_timed_ones(folding):
    nodes = chain(small(), folding)
    assert_exact(nodes, 128, [0, 4, 1, 3, 2, 4, 0, 0, 4, 4, 1, 2, 3])


@pytest.mark.parametrize("folding", FOLDINGS, ids=len)
def test_few_images_are_the_first_ones(folding):
    assert_exact(chain(small(), folding), 128, [1, 4])


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("folding", FOLDINGS, ids=len)
def test_images_of_copies_repeat_those_of_the_round_before(folding, number):
    nodes = chain(small(), copied(folding, number))
    ticks = [0, 4, 1, 3, 2, 4, 0, 0, 4, 4, 1, 2, 3]
    assert_exact(nodes, 128, ticks)
    times = Schedule(nodes, 128)
    assert (times.copies, times.initiation_interval, times.latency) == (number, *initiation_interval(nodes, 128))
    times.cycles(np.array(ticks * 20))
    assert times.steady
    assert times.timed < 10 * number


def times_of(nodes, images):
    """The schedule once so many images were asked for."""
    times = Schedule(nodes, 128)
    times.cycles(np.zeros(images, np.int64))
    return times


@pytest.mark.parametrize("folding", FOLDINGS, ids=len)
def test_images_are_timed_until_they_repeat(folding):
    times = times_of(chain(small(), folding), 1000)
    assert times.steady
    assert times.timed < 10


def test_no_image_is_timed_that_is_not_asked_for():
    nodes = chain(small(), parse(SLOWLY))
    assert [times_of(nodes, images).timed for images in (1, FIRST, FIRST + 2)] == [FIRST, FIRST, FIRST + 2]
    assert not times_of(nodes, FIRST + 2).steady


def test_a_chain_whose_rows_fill_slowly_is_timed_until_they_are_full():
    nodes = chain(small(), parse(SLOWLY))
    times = times_of(nodes, 1000)
    assert times.steady
    assert FIRST + 2 < times.timed < 20
    assert_exact(nodes, 128, [0, 4, 1, 3, 2] * 8)


def test_images_asked_for_later_go_on_from_the_first():
    nodes = chain(small(), parse(SLOWLY))
    times, ticks = times_of(nodes, 4), np.array([0, 4, 1, 3, 2] * 6)
    for one, other in zip(times.cycles(ticks), Schedule(nodes, 128).cycles(ticks), strict=True):
        assert np.array_equal(one, other)


def test_a_chain_whose_results_cross_the_next_image():
    assert_exact(chain(small(), parse("2,18,4 2,4,4 1,3,1")), 128, [0, 4, 1, 3, 2] * 2)


@pytest.mark.parametrize(("pixels", "steps", "neurons", "ticks"), [
    (3, 4, Rate(threshold=[1], bias=[0]), [0] * 6),
    (1, 2, SingleSpike(psp=Step(), threshold=[1], bias=[0]), [0, 0])])
def test_images_that_wait_for_the_result_before_them(pixels, steps, neurons, ticks):
    readout = "count" if isinstance(neurons, Rate) else "first_spike"
    layer = Dense(weights=[[1] * pixels], neurons=neurons)
    network = Network(input_shape=(pixels, 1, 1), steps=steps, layers=(layer,), readout=readout)
    assert_exact(chain(network, unrolled(network)), pixels, ticks)


@pytest.mark.parametrize("folding", [*FOLDINGS, parse(SLOWLY)], ids=len)
def test_interval_and_latency_are_those_of_the_timing_model(folding):
    nodes = chain(small(), folding)
    times = Schedule(nodes, 128)
    assert (times.initiation_interval, times.latency) == initiation_interval(nodes, 128)


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(st.data())
def test_any_network_is_scheduled_exactly(data):
    network = data.draw(networks(max_extent=5))
    nodes = chain(network, data.draw(foldings(network)))
    pixels = int(np.prod(network.input_shape))
    ticks = data.draw(st.lists(st.integers(0, network.steps), min_size=1, max_size=12))
    assert_exact(nodes, pixels, ticks)
