from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow.chain import chain
from quant.dataflow.folding import folded, parse, unrolled
from quant.timing.simulation import initiation_interval, run_images
from tests.helpers.networks import small
from tests.helpers.strategies import foldings, networks
from verify.schedule import TIMED, schedule

FOLDINGS = [folded(small()), parse("2,1,2 3,2,4 5,6,1"), unrolled(small())]


def assert_exact(nodes, pixels, ticks):
    due = run_images(nodes, pixels=pixels, decisions=ticks)
    inputs, results = schedule(nodes, pixels).cycles(np.array(ticks))
    assert inputs.ravel().tolist() == due.inputs
    assert results.tolist() == due.borders[nodes[-1].name]


@pytest.mark.parametrize("folding", FOLDINGS, ids=len)
def test_later_images_repeat_the_timed_ones(folding):
    nodes = chain(small(), folding)
    assert schedule(nodes, 128).steady
    assert_exact(nodes, 128, [0, 4, 1, 3, 2, 4, 0, 0, 4, 4, 1, 2, 3])


@pytest.mark.parametrize("folding", FOLDINGS, ids=len)
def test_few_images_are_the_first_ones(folding):
    assert_exact(chain(small(), folding), 128, [1, 4])


def test_a_chain_whose_rows_fill_slowly_is_timed_until_they_are_full():
    nodes = chain(small(), parse("4,18,2 2,4,4 1,2,1"))
    times = schedule(nodes, 128)
    assert times.steady
    assert len(times.inputs) > TIMED[0]
    assert_exact(nodes, 128, [0, 4, 1, 3, 2] * 6)


def test_a_chain_whose_results_cross_the_next_image_is_not_steady():
    nodes = chain(small(), parse("2,18,4 2,4,4 1,3,1"))
    assert not schedule(nodes, 128).steady
    assert_exact(nodes, 128, [0, 4, 1, 3, 2] * 2)


def test_an_unsteady_chain_is_timed_image_by_image():
    nodes = chain(small(), FOLDINGS[1])
    steady = schedule(nodes, 128)
    ticks = np.array([0, 4, 1, 3, 2, 4, 0, 0])
    for one, other in zip(replace(steady, steady=False).cycles(ticks), steady.cycles(ticks), strict=True):
        assert np.array_equal(one, other)


def test_interval_and_latency_are_those_of_the_timing_model():
    nodes = chain(small(), FOLDINGS[1])
    times = schedule(nodes, 128)
    assert (times.initiation_interval, times.latency) == initiation_interval(nodes, 128)


def test_the_interval_is_that_of_results_while_rows_still_fill(monkeypatch):
    monkeypatch.setattr("verify.schedule.TIMED", (3,))
    nodes = chain(small(), parse("4,18,2 2,4,4 1,2,1"))
    times = schedule(nodes, 128)
    assert not times.steady
    assert times.initiation_interval == initiation_interval(nodes, 128)[0]


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(st.data())
def test_any_network_is_scheduled_exactly(data):
    network = data.draw(networks(max_extent=5))
    nodes = chain(network, data.draw(foldings(network)))
    pixels = int(np.prod(network.input_shape))
    ticks = data.draw(st.lists(st.integers(0, network.steps), min_size=TIMED[0] + 1, max_size=TIMED[0] + 6))
    assert_exact(nodes, pixels, ticks)
