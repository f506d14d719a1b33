import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, respond, spike_times


def pool(height=4, width=6, size=2, groups=1, lanes=1, bit_planes=7, columns=1):
    return cores.Pool(bit_planes=bit_planes, lanes=lanes, groups=groups, height=height, width=width, size=size,
                      columns=columns)


def maps(core, count, seed=0):
    return spike_times(count * core.height * core.width * core.groups, core.lanes, core.bit_planes, seed)


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize("shape", [
    {}, {"lanes": 2, "groups": 3}, {"height": 5, "width": 7}, {"size": 3, "groups": 2, "height": 7, "width": 5},
    {"height": 2, "width": 2}, {"height": 3, "width": 3, "size": 3},
    {"columns": 2, "lanes": 4}, {"columns": 6, "lanes": 12, "size": 3, "height": 7, "width": 2}])
def test_agrees_with_models(shape, stall):
    core = pool(**shape)
    check(core, maps(core, 3), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data(), size=st.integers(2, 4), groups=st.integers(1, 3), lanes=st.integers(1, 3),
       bit_planes=st.integers(1, 256), stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_map_agrees_with_models(data, size, groups, lanes, bit_planes, stall, seed):
    extents = st.integers(size, 2 * size + 1)
    core = pool(data.draw(extents), data.draw(extents), size, groups, lanes, bit_planes)
    check(core, maps(core, 2, seed), stall=stall, seed=seed)


def times(*rows):
    return [(time,) for row in rows for time in row]


def test_earliest_of_each_window():
    assert respond(pool(2, 4), times((3, 5, 7, 7), (4, 1, 6, 7)), 2) == [(1,), (6,)]


def test_pixels_of_a_word_are_pooled_by_channel():
    word, other = (1, 6, 5, 2, 7, 7, 3, 4), (2, 2, 7, 7, 0, 1, 7, 7)  # four pixels of two channels
    assert respond(pool(2, 1, columns=4, lanes=8), [word, other], 1) == [(1, 2, 0, 1)]


def test_silent_window_never_spikes():
    assert respond(pool(2, 2), times((7, 7), (7, 7)), 1) == [(7,)]


@pytest.mark.parametrize("place", range(4))
def test_every_place_of_a_window_counts(place):
    assert respond(pool(2, 2), [(2,) if at == place else (5,) for at in range(4)], 1) == [(2,)]


def test_lanes_and_groups_do_not_mix():
    pixel = [(1, 6), (5, 2)]
    other = [(3, 4), (0, 7)]
    assert respond(pool(2, 2, groups=2, lanes=2), pixel + other + other + pixel, 2) == [(1, 4), (0, 2)]


def test_remainder_is_dropped():
    core = pool(3, 3)
    image = times((5, 4, 0), (6, 7, 0), (0, 0, 0))
    assert respond(core, image + image, 2) == [(4,), (4,)]


def test_maps_do_not_mix():
    assert respond(pool(2, 2), times((0, 0), (0, 0), (7, 6), (7, 7)), 2) == [(0,), (6,)]


def test_word_a_cycle_and_result_two_cycles_later():
    assert cycles(pool(2, 4), [(0,)] * 8, 2) == (list(range(8)), [7, 9])
