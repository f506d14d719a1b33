import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, respond, spike_times


def window(height=4, width=5, size=3, stride=1, passes=1, lanes=1, bit_planes=12, kernel=None, step=None):
    return cores.RegisterWindow(bit_planes=bit_planes, lanes=lanes, height=height, width=width, size=size,
                                stride=stride, kernel=kernel or size, step=step or stride, passes=passes)


def maps(core, count, seed=0):
    return spike_times(count * core.height * core.width, core.lanes, core.bit_planes, seed)


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize("shape", [
    {}, {"passes": 3}, {"lanes": 3, "stride": 2}, {"size": 2, "stride": 3}, {"size": 1}, {"size": 1, "stride": 4},
    {"size": 4}, {"height": 3, "width": 3}, {"height": 1, "width": 1, "size": 1, "passes": 2},
    {"height": 7, "width": 3}, {"size": 3, "kernel": 2, "stride": 2, "step": 1, "height": 6},
    {"size": 1, "kernel": 4, "passes": 2}, {"size": 3, "kernel": 1, "width": 1, "lanes": 2}])
def test_agrees_with_models(shape, stall):
    core = window(**shape)
    check(core, maps(core, 3), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data(), size=st.integers(1, 4), stride=st.integers(1, 5), passes=st.integers(1, 3),
       lanes=st.integers(1, 3), bit_planes=st.integers(1, 256), stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_map_agrees_with_models(data, size, stride, passes, lanes, bit_planes, stall, seed):
    extents = st.integers(size, size + 3)
    core = window(data.draw(extents), data.draw(extents), size, stride, passes, lanes, bit_planes)
    check(core, maps(core, 2, seed), stall=stall, seed=seed)


PIXELS = [(n,) for n in range(1, 13)]


def test_windows_by_hand():
    assert respond(window(3, 4, 2), PIXELS, 6) == [
        (1, 2, 5, 6), (2, 3, 6, 7), (3, 4, 7, 8), (5, 6, 9, 10), (6, 7, 10, 11), (7, 8, 11, 12)]


def test_channels_are_innermost():
    assert respond(window(2, 1, 1, lanes=2), [(1, 2), (3, 4)], 2) == [(1, 2), (3, 4)]
    assert respond(window(2, 2, 2, lanes=2), [(1, 2), (3, 4), (5, 6), (7, 8)], 1) == [(1, 2, 3, 4, 5, 6, 7, 8)]


def test_stride_beyond_kernel_skips_pixels():
    assert respond(window(3, 4, 1, stride=2), PIXELS, 4) == [(1,), (3,), (9,), (11,)]


def test_remainder_of_a_map_is_dropped():
    assert respond(window(3, 3, 2, stride=2), PIXELS[:9] + PIXELS[:9], 2) == [(1, 2, 4, 5)] * 2


def test_maps_do_not_mix():
    assert respond(window(2, 2, 2), PIXELS, 3) == [(1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12)]


def test_passes_repeat_a_window():
    assert respond(window(1, 2, 1, passes=3), PIXELS[:2], 6) == [(1,)] * 3 + [(2,)] * 3


def test_pixel_a_cycle_and_window_one_cycle_later():
    assert cycles(window(2, 3, 2), PIXELS, 4) == (list(range(12)), [5, 6, 11, 12])
