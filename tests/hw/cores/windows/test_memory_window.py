import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, respond, spike_times


def window(height=4, width=5, size=3, stride=1, passes=1, lanes=1, words=1, bit_planes=12):
    return cores.MemoryWindow(bit_planes=bit_planes, lanes=lanes, words=words, height=height, width=width, size=size,
                              stride=stride, passes=passes)


def maps(core, count, seed=0):
    return spike_times(count * core.height * core.row_words, core.lanes, core.bit_planes, seed)


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize("shape", [
    {}, {"passes": 3}, {"words": 2, "lanes": 2, "stride": 2}, {"size": 2, "stride": 3, "height": 5}, {"size": 1},
    {"size": 1, "stride": 4}, {"size": 4}, {"height": 3, "width": 3}, {"height": 8, "width": 3, "stride": 2},
    {"height": 1, "width": 1, "size": 1, "words": 7, "passes": 3}, {"height": 1, "width": 1, "size": 1}])
def test_agrees_with_models(shape, stall):
    core = window(**shape)
    check(core, maps(core, 3), stall=stall)


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(data=st.data(), size=st.integers(1, 3), stride=st.integers(1, 4), passes=st.integers(1, 3),
       words=st.integers(1, 3), bit_planes=st.integers(1, 256), stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_map_agrees_with_models(data, size, stride, passes, words, bit_planes, stall, seed):
    extents = st.integers(size, size + 4)
    core = window(data.draw(extents), data.draw(extents), size, stride, passes, 1, words, bit_planes)
    check(core, maps(core, 3, seed), stall=stall, seed=seed)


PIXELS = [(n,) for n in range(1, 13)]


def flat(*windows):
    return [(time,) for window in windows for time in window]


def test_windows_by_hand():
    assert respond(window(3, 4, 2), PIXELS, 24) == flat(
        (1, 2, 5, 6), (2, 3, 6, 7), (3, 4, 7, 8), (5, 6, 9, 10), (6, 7, 10, 11), (7, 8, 11, 12))


def test_words_of_a_pixel_are_innermost():
    assert respond(window(2, 3, 2, words=2), PIXELS, 16) == flat(
        (1, 2, 3, 4, 7, 8, 9, 10), (3, 4, 5, 6, 9, 10, 11, 12))


def test_stride_beyond_kernel_skips_pixels():
    assert respond(window(3, 4, 1, stride=2), PIXELS, 4) == flat((1, 3), (9, 11))


def test_remainder_of_a_map_is_dropped():
    core = window(3, 3, 2, stride=2)
    assert respond(core, PIXELS[:9] + PIXELS[3:12], 8) == flat((1, 2, 4, 5), (4, 5, 7, 8))


def test_maps_do_not_mix():
    assert respond(window(2, 2, 2), PIXELS, 12) == flat((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12))


def test_passes_repeat_a_window():
    assert respond(window(1, 2, 1, passes=2, words=2), PIXELS[:4], 8) == flat((1, 2), (1, 2), (3, 4), (3, 4))


def test_reads_once_its_rows_are_whole():
    _, out = cycles(window(3, 2, 2), PIXELS[:6], 8)
    assert out[:5] == [5, 6, 7, 8, 9]  # two rows are in after cycle 3; a word is out one cycle after its read


@pytest.mark.parametrize(("shape", "depth", "rows"), [
    ({"width": 5, "size": 3, "stride": 1}, 32, 6), ({"width": 4, "size": 3, "stride": 1}, 16, 4),
    ({"width": 28, "size": 5, "stride": 1}, 256, 9), ({"width": 1, "size": 1, "stride": 1, "words": 3}, 8, 2)])
def test_ring_is_the_smallest_power_of_two(shape, depth, rows):
    core = window(height=9, **shape)
    assert (core.depth, core.rows) == (depth, rows)
