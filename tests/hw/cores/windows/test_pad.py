import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, respond, spike_times


def pad(bit_planes=7, lanes=1, words=1, height=1, width=1, padding=1, sides=None):
    return cores.Pad(bit_planes=bit_planes, lanes=lanes, words=words, height=height, width=width, padding=padding,
                     **dict(zip(("left", "right"), sides or (padding, padding), strict=True)))


def maps(core, count, seed=0):
    return spike_times(count * core.height * core.width * core.words, core.lanes, core.bit_planes, seed)


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize("shape", [
    {}, {"height": 3, "width": 4}, {"lanes": 2, "words": 3, "height": 2}, {"width": 5, "padding": 3}, {"padding": 0},
    {"height": 3, "width": 2, "padding": 2, "sides": (1, 0)}, {"width": 3, "padding": 0, "sides": (2, 1)}])
def test_agrees_with_models(shape, stall):
    core = pad(**shape)
    check(core, maps(core, 3), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(core=st.builds(pad, bit_planes=st.integers(1, 256), lanes=st.integers(1, 3), words=st.integers(1, 3),
                      height=st.integers(1, 4), width=st.integers(1, 4), padding=st.integers(0, 3)),
       stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_map_agrees_with_models(core, stall, seed):
    check(core, maps(core, 2, seed), stall=stall, seed=seed)


def test_border_never_spikes():
    n = (7, 7)
    row = [n, n, (1, 2), (3, 4), n, n]
    assert respond(pad(lanes=2, words=2), [(1, 2), (3, 4)], 18) == [n] * 6 + row + [n] * 6


def test_maps_follow_each_other():
    assert respond(pad(), [(1,), (2,)], 18) == [(7,)] * 4 + [(1,)] + [(7,)] * 8 + [(2,)] + [(7,)] * 4


def test_border_does_not_wait_for_pixels():
    assert respond(pad(height=2, width=2), [], 5) == [(7,)] * 5
