"""The bound that every membrane's width follows from, against all networks of a few synapses."""

import itertools

import pytest

from quant import Ramp, SingleSpike, Step

KERNELS = [Step(), Ramp(), Ramp(length=1), Ramp(length=2), Ramp(length=3), Ramp(length=9)]
every_kernel = pytest.mark.parametrize("psp", KERNELS, ids=repr)
every_size = pytest.mark.parametrize(("fan_in", "steps"), [(1, 1), (2, 1), (1, 4), (2, 3), (3, 3), (3, 4), (4, 2)])
every_bias = pytest.mark.parametrize("bias", [-3, -1, 0, 1, 3])


def traces(psp, fan_in, steps, bias):
    """V after each tick, for every sign of every weight and every tick of every spike, tick by tick."""
    length = getattr(psp, "length", None) or steps
    for times in itertools.product(range(steps + 1), repeat=fan_in):
        for signs in itertools.product((-1, 1), repeat=fan_in):
            sums = [sum(sign for sign, time in zip(signs, times, strict=True) if time == tick)
                    for tick in range(steps)]
            v, trace = 0, []
            for tick in range(steps):
                slope = sums[tick] if isinstance(psp, Step) else sum(sums[max(0, tick - length + 1):tick + 1])
                assert abs(slope) <= fan_in
                v += slope + bias
                trace.append(v)
            yield trace


@every_kernel
@every_size
@every_bias
def test_no_potential_leaves_the_range_and_one_end_is_attained(psp, fan_in, steps, bias):
    seen = [v for trace in traces(psp, fan_in, steps, bias) for v in trace]
    low, high = SingleSpike(threshold=[0], bias=[bias], psp=psp).potential_range(fan_in, steps)
    assert 0 <= min(seen) - low <= steps * max(0, bias)
    assert 0 <= high - max(seen) <= steps * max(0, -bias)


def test_range_of_several_channels_holds_each():
    ranges = [SingleSpike(threshold=[0], bias=[bias]).potential_range(3, 4) for bias in (-2, 0, 5)]
    together = SingleSpike(threshold=[0] * 3, bias=[-2, 0, 5]).potential_range(3, 4)
    assert together == (min(low for low, _ in ranges), max(high for _, high in ranges))


@every_kernel
@pytest.mark.parametrize("bias", [-1, 0, 1])
def test_a_threshold_moved_into_the_range_fires_as_before(psp, bias):
    fan_in, steps = 2, 3
    every = list(traces(psp, fan_in, steps, bias))
    for threshold in range(-20, 21):
        moved, = SingleSpike(threshold=[threshold], bias=[bias], psp=psp).effective_threshold(fan_in, steps)
        assert all((v >= threshold) == (v >= moved) for trace in every for v in trace)
