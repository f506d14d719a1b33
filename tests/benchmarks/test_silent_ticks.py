import numpy as np
import pytest

from benchmarks.silent_ticks import cycles, visited
from quant import Conv2d, Dense, Flatten, Network, Ramp, Rate, SingleSpike, Step
from quant.dataflow.lowering import synaptic

IMAGE = np.array([[[[255, 0, 0], [0, 0, 0], [100, 1, 255]]]], np.uint8)  # spike times 0 - - / - - - / 2 3 0 of 4


def first(psp=None, threshold=1):
    neurons = SingleSpike(threshold=[threshold] * 2, psp=psp or Step())
    return synaptic(Network(input_shape=(1, 3, 3), steps=4, layers=(
        Conv2d(weights=[[[[1, -1], [1, 1]]]] * 2, neurons=neurons), Flatten(),
        Dense(weights=[[1] * 8] * 2, neurons=SingleSpike(threshold=[1] * 2)))))[0]


def rates():
    return synaptic(Network(input_shape=(1, 3, 3), steps=4, coding="direct", readout="count", layers=(
        Flatten(), Dense(weights=[[1] * 9] * 2, neurons=Rate(threshold=[1] * 2)))))[0]


@pytest.mark.parametrize(("psp", "ticks"), [
    (Step(), [1, 0, 2, 2]), (Ramp(), [4, 0, 2, 4]), (Ramp(length=2), [2, 0, 2, 3])])
def test_ticks_that_change_something(psp, ticks):
    """Windows: a spike at 0; none; spikes at 2 and 3; spikes at 3 and 0. A ramp of 2 goes on for a tick."""
    assert visited(first(psp), IMAGE).tolist() == [ticks]


def test_ticks_of_several_images():
    assert visited(first(), np.concatenate([IMAGE, IMAGE * 0])).tolist() == [[1, 0, 2, 2], [0, 0, 0, 0]]


def test_a_window_takes_a_cycle_for_each_group_at_least():
    assert cycles(first(), 1, np.array([[1, 0, 2, 2], [0, 0, 0, 0]])).tolist() == [12, 8]


@pytest.mark.parametrize(("stage", "message"), [
    (first(threshold=0), "^neurons must have no bias, and thresholds above 0, "),
    (rates(), "^first layer must be of single-spike neurons that take spike times, not of rate ")])
def test_what_cannot_be_passed_over(stage, message):
    with pytest.raises(ValueError, match=message):
        visited(stage, IMAGE)
