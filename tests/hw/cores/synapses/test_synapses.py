import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, every_stall, respond, spike_times


def synapses(lanes=4, words=1, channels=1, groups=1, planes_per_pass=1, planes_outermost=False, bit_planes=7, rom=None,
             seed=0):
    rng = random.Random(seed)
    return cores.Synapses(bit_planes=bit_planes, lanes=lanes, words=words, channels=channels, groups=groups,
                          planes_per_pass=planes_per_pass, planes_outermost=planes_outermost,
                          rom=rom or tuple(rng.getrandbits(lanes * channels) for _ in range(groups * words)))


def positions(core, count, seed=0):
    return spike_times(count * core.passes * core.words, core.lanes, core.bit_planes, seed)


@every_stall
@pytest.mark.parametrize("planes_outermost", [False, True])
@pytest.mark.parametrize("shape", [
    {"lanes": 5, "channels": 3, "planes_per_pass": 7}, {"words": 3, "channels": 2, "groups": 3, "planes_per_pass": 3},
    {"lanes": 1, "words": 4, "channels": 2, "groups": 2}, {"lanes": 9, "words": 2, "channels": 2, "planes_per_pass": 2},
    {"lanes": 65, "groups": 2, "planes_per_pass": 4}, {"lanes": 1, "bit_planes": 1}])
def test_agrees_with_models(shape, planes_outermost, stall):
    core = synapses(planes_outermost=planes_outermost, **shape)
    check(core, positions(core, 3), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data(), lanes=st.integers(1, 12), words=st.integers(1, 3), channels=st.integers(1, 3),
       groups=st.integers(1, 3), bit_planes=st.integers(1, 9), planes_outermost=st.booleans(),
       stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_fold_agrees_with_models(data, lanes, words, channels, groups, bit_planes, planes_outermost, stall, seed):
    planes_per_pass = data.draw(st.integers(1, bit_planes))
    core = synapses(lanes, words, channels, groups, planes_per_pass, planes_outermost, bit_planes, seed=seed)
    check(core, positions(core, 2, seed), stall=stall, seed=seed)


def test_sums_signs_of_the_spikes_of_each_tick():
    core = synapses(lanes=4, planes_per_pass=3, bit_planes=3, rom=(0b1011,))  # weights +1 +1 -1 +1
    assert respond(core, [(0, 1, 1, 1), (2, 2, 2, 3), (3, 3, 3, 3)], 3) == [(1, 1, 0), (0, 0, 1), (0, 0, 0)]


def test_channels_outermost_in_a_word():
    # channel 0: +1 +1; channel 1: +1 -1
    core = synapses(lanes=2, channels=2, planes_per_pass=2, bit_planes=2, rom=(0b01_11,))
    assert respond(core, [(0, 1)], 1) == [(1, 1, 1, -1)]


@pytest.mark.parametrize(("rom", "total"), [((15, 15), 8), ((0, 0), -8)])
def test_all_synapses_at_once_do_not_overflow(rom, total):
    assert respond(synapses(words=2, rom=rom, bit_planes=1), [(0,) * 4] * 2, 1) == [(total,)]


def test_sums_over_the_words_of_a_pass_alone():
    core = synapses(lanes=1, words=2, bit_planes=1, rom=(1, 1))
    assert respond(core, [(0,), (0,), (1,), (0,), (1,), (1,)], 3) == [(2,), (1,), (0,)]


def test_hidden_layer_takes_planes_before_groups():
    core = synapses(lanes=1, groups=2, bit_planes=2, rom=(1, 0))  # group 0: +1; group 1: -1
    assert respond(core, [(1,)] * 4, 4) == [(0,), (1,), (0,), (-1,)]


def test_output_layer_takes_groups_before_planes():
    core = synapses(lanes=1, groups=2, bit_planes=2, rom=(1, 0), planes_outermost=True)
    assert respond(core, [(1,)] * 4, 4) == [(0,), (0,), (1,), (-1,)]


@pytest.mark.parametrize("planes_outermost", [False, True])
def test_positions_follow_each_other(planes_outermost):
    core = synapses(lanes=1, groups=3, bit_planes=1, rom=(1, 0, 1), planes_outermost=planes_outermost)
    assert respond(core, [(0,)] * 6, 6) == [(1,), (-1,), (1,)] * 2


def test_no_cycle_for_the_first_weights():
    core = synapses(lanes=9, words=2)
    assert cycles(core, positions(core, 1)[:4], 2) == ([0, 1, 2, 3], [5, 7])  # latency 3: four cycles after the last


def test_wide_sums_have_two_registers_more():
    core = synapses(lanes=26, words=2)
    assert cycles(core, positions(core, 1)[:4], 2) == ([0, 1, 2, 3], [8, 10])
    assert core.latency == synapses(lanes=25, words=2).latency + 2  # of what a memory gives, and of the sum of a word


def test_counts():
    core = synapses(lanes=9, words=2, groups=3, planes_per_pass=2)
    assert (core.fan_in, core.plane_groups, core.passes, core.latency, core.sum_width) == (18, 4, 12, 3, 6)
