import itertools

import pytest

from quant import Ramp, SingleSpike, Step
from quant.dataflow import cores
from quant.dataflow.cores import ceil_div
from sim.cycle.payload import transform
from tests.helpers.cores.neuron_cores import one


@pytest.mark.parametrize(("a", "b", "quotient"), [(6, 3, 2), (7, 3, 3), (1, 9, 1), (0, 4, 0)])
def test_ceil_div(a, b, quotient):
    assert ceil_div(a, b) == quotient


@pytest.mark.parametrize(("steps", "width"), [(1, 1), (3, 2), (4, 3), (7, 3), (255, 8), (256, 9)])
def test_spike_time_has_room_for_never(steps, width):
    assert cores.Encoder(bit_planes=steps).lane_width == width


def traces(core):
    """V after each tick for all inputs: each of the synapses, of either sign, spikes at one tick or never."""
    for times in itertools.product(range(core.steps + 1), repeat=core.input_bound):
        for signs in itertools.product((-1, 1), repeat=core.input_bound):
            words = [(sum(sign for sign, time in zip(signs, times, strict=True) if time == tick),)
                     for tick in range(core.steps)]
            yield [v for v, _ in transform(core, words)]


@pytest.mark.parametrize("bias", [-3, 0, 1, 2])
@pytest.mark.parametrize("psp", [Step(), Ramp(), Ramp(length=2), Ramp(length=9)])
def test_membrane_width_is_the_least_that_holds_every_potential_and_one_more(psp, bias):
    core = one(cores.OutputNeurons, threshold=1, bias=bias, psp=psp, steps=3, input_bound=2)
    potentials = [v for trace in traces(core) for v in trace] + [0]
    low, high = min(potentials), max(potentials) + 1  # a threshold above all of V must fit
    fits = [width for width in range(1, 20) if -2 ** (width - 1) <= low and high < 2 ** (width - 1)]
    assert core.membrane_width == fits[0]


@pytest.mark.parametrize(("input_bound", "width"), [(1, 2), (3, 3), (4, 4), (7, 4), (8, 5)])
def test_sum_width_holds_all_synapses_of_either_sign(input_bound, width):
    assert one(cores.SerialNeurons, threshold=1, input_bound=input_bound).sum_width == width


def test_threshold_moved_into_the_range_of_potentials():
    core = cores.SerialNeurons(bit_planes=4, channels=5, groups=1, ticks=1, input_bound=2, neurons=SingleSpike(
        threshold=[-100, -8, 0, 9, 100], psp=Ramp()))
    assert core.thresholds == (-8, -8, 0, 9, 9)


def test_ticks_of_a_partial_group():
    core = one(cores.SerialNeurons, threshold=1, steps=7, ticks=3)
    assert (core.tick_groups, [core.ticks_in(group) for group in range(3)]) == (3, [3, 3, 1])


def test_window_positions():
    core = cores.RegisterWindow(bit_planes=1, lanes=1, height=7, width=5, size=2, stride=2, kernel=2, step=2, passes=1)
    assert (core.rows_out, core.columns_out, core.positions) == (3, 2, 6)
