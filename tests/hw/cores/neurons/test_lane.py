"""Neurons by hand, in every hidden core."""

import pytest

from quant import Latency, Phase, Ramp, Rate
from quant.dataflow import cores
from quant.description.neurons import LIMIT
from quant.description.spike_coding import Binary, TicksLeft, Trains
from tests.helpers.cores.neuron_cores import fired, one

HIDDEN = pytest.mark.parametrize(("kind", "ticks"), [
    (cores.SerialNeurons, 1), (cores.SerialNeurons, 3), (cores.SerialNeurons, 4), (cores.UnrolledNeurons, 4)])


@HIDDEN
def test_comparator_is_greater_or_equal(kind, ticks):
    assert fired(one(kind, threshold=3, ticks=ticks), (2, 1, 0, 0), (2, 0, 1, 0), (2, 0, 0, 0)) == [1, 2, 4]


@HIDDEN
def test_fires_once_at_the_first_crossing(kind, ticks):
    assert fired(one(kind, threshold=2, ticks=ticks), (0, 2, -2, 2), (2, -9, 9, 9)) == [1, 0]


@HIDDEN
def test_starts_anew_for_each_neuron(kind, ticks):
    core = one(kind, threshold=5, psp=Ramp(), ticks=ticks)
    assert fired(core, (1, 0, 1, 0), (1, 0, 1, 0), (9, 0, 0, 0), (1, 0, 1, 0)) == [3, 3, 0, 3]


@HIDDEN
def test_ramp_adds_in_its_own_tick_and_every_later_one(kind, ticks):
    assert fired(one(kind, threshold=3, psp=Ramp(), ticks=ticks), (3, 0, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0)) == [0, 2, 4]


@HIDDEN
@pytest.mark.parametrize(("length", "threshold", "time"), [
    (1, 1, 0), (1, 2, 4), (2, 2, 1), (2, 3, 4), (3, 3, 2), (3, 4, 4), (4, 4, 3)])
def test_ramp_saturates_after_its_length(kind, ticks, length, threshold, time):
    core = one(kind, threshold=threshold, psp=Ramp(length=length), ticks=ticks)
    assert fired(core, (1, 0, 0, 0)) == [time]


@HIDDEN
def test_ramp_that_ends_takes_back_its_slope_alone(kind, ticks):
    core = one(kind, threshold=7, psp=Ramp(length=2), ticks=ticks)  # V: 1 3 5 7
    assert fired(core, (1, 1, 1, 1)) == [3]


@HIDDEN
def test_bias_acts_in_every_tick(kind, ticks):
    assert fired(one(kind, threshold=3, bias=1, ticks=ticks), (0, 0, 0, 0), (-1, 0, 0, 0), (2, 0, 0, 0)) == [2, 3, 0]


@HIDDEN
def test_negative_bias_holds_back(kind, ticks):
    assert fired(one(kind, threshold=3, bias=-1, ticks=ticks), (3, 1, 0, 0), (3, 2, 0, 0)) == [4, 1]


@HIDDEN
@pytest.mark.parametrize(("threshold", "time"), [(LIMIT, 4), (37, 4), (36, 3), (-36, 0), (-37, 0), (-LIMIT, 0)])
def test_threshold_outside_the_range_of_potentials(kind, ticks, threshold, time):
    """V is within +-36: nine synapses, four ticks of ramp."""
    assert fired(one(kind, threshold=threshold, psp=Ramp(), ticks=ticks), (9, 0, 0, 0)) == [time]


@HIDDEN
def test_lowest_potential_does_not_overflow(kind, ticks):
    assert fired(one(kind, threshold=1, psp=Ramp(), ticks=ticks), (-9, 0, 0, 0)) == [4]


def rate(kind, ticks, **description):
    return kind(bit_planes=4, spike_coding=Trains, channels=1, groups=1, ticks=ticks, input_bound=9,
                neurons=Rate(**description))


@HIDDEN
@pytest.mark.parametrize(("description", "sums", "train"), [
    ({"threshold": [3]}, (3, 2, 1, 3), 0b1101),
    ({"threshold": [3]}, (8, 0, 0, -2), 0b0011),
    ({"threshold": [3], "reset": "zero"}, (8, 0, 3, 2), 0b0101),
    ({"threshold": [6], "leak": 1}, (5, 3, 3, 6), 0b1010),  # V after the leak: 3, 0, 2, 1
    ({"threshold": [4], "leak": 1}, (-5, 6, 0, 0), 0b0010),  # rounded down: -5 - -3 is -2
    ({"threshold": [5], "fraction": 2}, (1, 1, 0, 1), 0b1010),
    ({"threshold": [4], "bias": [1]}, (0, 0, 0, 0), 0b1000),
])
def test_rate_neurons(kind, ticks, description, sums, train):
    assert fired(rate(kind, ticks, **description), sums, sums) == [train, train]


@HIDDEN
@pytest.mark.parametrize(("kind_of", "code"), [(Phase, Binary), (Latency, TicksLeft)])
@pytest.mark.parametrize(("description", "n", "number"), [
    ({"threshold": [3]}, 20, 6), ({"threshold": [3]}, 21, 7), ({"threshold": [3]}, 2, 0), ({"threshold": [3]}, -40, 0),
    ({"threshold": [1]}, 15, 15), ({"threshold": [2]}, 40, 15), ({"threshold": [11]}, 40, 3),
    ({"threshold": [3], "bias": [-2]}, 20, 6), ({"threshold": [3], "bias": [4]}, 20, 8),
    ({"threshold": [LIMIT]}, 40, 0), ({"threshold": [11], "fraction": 2, "bias": [3]}, 20, 7)])
def test_neurons_that_collect(kind, ticks, kind_of, code, description, n, number):
    core = kind(bit_planes=4, spike_coding=code, channels=1, groups=1, ticks=ticks, input_bound=40,
                neurons=kind_of(**description))
    assert fired(core, (n, 7, -7, 7), (n, 0, 0, 0)) == [number, number]
