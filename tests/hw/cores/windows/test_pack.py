import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, respond, spike_times

SHAPES = [(1, 2), (1, 9), (2, 3), (5, 2), (3, 1)]  # spike times of the narrow word, narrow words in the wide one


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize(("lanes", "ratio"), SHAPES)
def test_pack_agrees_with_models(lanes, ratio, stall):
    check(cores.Pack(bit_planes=7, lanes=lanes, ratio=ratio), spike_times(6 * ratio, lanes, 7), stall=stall)


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize(("lanes", "ratio"), SHAPES)
def test_unpack_agrees_with_models(lanes, ratio, stall):
    check(cores.Unpack(bit_planes=7, lanes=lanes * ratio, ratio=ratio), spike_times(6, lanes * ratio, 7), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(bit_planes=st.integers(1, 256), lanes=st.integers(1, 4), ratio=st.integers(1, 5), stall=st.sampled_from(RATES),
       seed=st.integers(0, 99))
def test_any_width_agrees_with_models(bit_planes, lanes, ratio, stall, seed):
    check(cores.Pack(bit_planes=bit_planes, lanes=lanes, ratio=ratio), spike_times(4 * ratio, lanes, bit_planes, seed),
          stall=stall, seed=seed)
    check(cores.Unpack(bit_planes=bit_planes, lanes=lanes * ratio, ratio=ratio),
          spike_times(4, lanes * ratio, bit_planes, seed), stall=stall, seed=seed)


def test_first_word_in_lowest_lanes():
    core = cores.Pack(bit_planes=7, lanes=2, ratio=3)
    words = [(1, 2), (3, 4), (5, 6), (7, 0), (1, 1), (2, 2)]
    assert respond(core, words, 2) == [(1, 2, 3, 4, 5, 6), (7, 0, 1, 1, 2, 2)]


def test_lowest_lanes_out_first():
    core = cores.Unpack(bit_planes=7, lanes=4, ratio=2)
    assert respond(core, [(1, 2, 3, 4), (5, 6, 7, 0)], 4) == [(1, 2), (3, 4), (5, 6), (7, 0)]


def test_packed_word_one_cycle_after_its_last():
    assert cycles(cores.Pack(bit_planes=7, lanes=1, ratio=3), [(0,)] * 6, 2) == ([0, 1, 2, 3, 4, 5], [3, 6])


def test_unpacked_words_have_no_gap():
    assert cycles(cores.Unpack(bit_planes=7, lanes=3, ratio=3), [(0, 0, 0)] * 2, 6) == ([0, 3], [1, 2, 3, 4, 5, 6])
