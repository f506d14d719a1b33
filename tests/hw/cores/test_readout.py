import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from quant.description.network import READOUTS
from tests.helpers.cores.bench import RATES, check, cycles, every_stall, respond


def readout(kind="first_spike", channels=3, groups=1, steps=3, membrane_width=5):
    return cores.Readout(bit_planes=steps, kind=kind, channels=channels, groups=groups, membrane_width=membrane_width)


def images(core, count, seed=0, rate=0.1):
    """Random potentials; about ``rate`` of them at the threshold."""
    rng, high = random.Random(seed), 2 ** (core.membrane_width - 1)
    return [tuple(number for _ in range(core.channels) for number in (rng.randrange(-high, high), rng.random() < rate))
            for _ in range(count * core.steps * core.groups)]


@every_stall
@pytest.mark.parametrize("kind", READOUTS)
@pytest.mark.parametrize(("channels", "groups", "steps"), [(4, 1, 7), (2, 3, 7), (1, 1, 3), (1, 5, 1), (10, 1, 2)])
def test_agrees_with_models(kind, channels, groups, steps, stall):
    core = readout(kind, channels, groups, steps)
    check(core, images(core, 8), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(core=st.builds(readout, st.sampled_from(READOUTS), st.integers(1, 4), st.integers(1, 4),
                      st.integers(1, 8), st.integers(2, 20)),
       stall=st.sampled_from(RATES), seed=st.integers(0, 99), rate=st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_any_fold_agrees_with_models(core, stall, seed, rate):
    check(core, images(core, 5, seed, rate), stall=stall, seed=seed)


def result(*ticks, kind="first_spike"):
    """Class, tick and potentials for V of three outputs after each tick; "!" marks those at their threshold."""
    words = [tuple(number for v in tick.split() for number in (int(v.strip("!")), v.endswith("!"))) for tick in ticks]
    (class_index, tick, *potentials), = respond(readout(kind, steps=len(ticks)), words, 1)
    return class_index, tick, potentials


def test_earliest_spike_decides():
    assert result("1 2 3", "4 5! 9", "9! 9! 9!") == (1, 1, [4, 5, 9])


def test_spike_wins_over_larger_potential():
    assert result("-7 8 9", "-8! 8 9", "0 0 0") == (0, 1, [-8, 8, 9])


def test_two_spikes_larger_potential_wins():
    assert result("9 1! 2!", "0 0 0", "0 0 0") == (2, 0, [9, 1, 2])


def test_two_spikes_of_equal_potential_lower_index_wins():
    assert result("9 2! 2!", "0 0 0", "0 0 0") == (1, 0, [9, 2, 2])


def test_no_spike_largest_potential_of_the_last_tick_wins():
    assert result("9 0 0", "0 9 0", "-3 -2 -1") == (2, 3, [-3, -2, -1])


def test_no_spike_and_equal_potentials_lower_index_wins():
    assert result("0 0 9", "0 0 0", "-4 -3 -3") == (1, 3, [-4, -3, -3])


def test_spike_at_the_last_tick_is_not_none():
    assert result("0 0 0", "0 0 0", "9 1! 0") == (1, 2, [9, 1, 0])


def test_potential_waits_for_the_last_tick():
    assert result("9! 0 0", "0 9! 0", "1 2! 3", kind="potential") == (2, 2, [1, 2, 3])


def test_potential_ignores_thresholds():
    assert result("0 0 0", "0 0 0", "3! 3 4", kind="potential") == (2, 2, [3, 3, 4])


def test_potential_tie_goes_to_lower_index():
    assert result("0 0 9", "0 0 0", "-1 5 5", kind="potential") == (1, 2, [-1, 5, 5])


def test_spike_of_an_earlier_group_counts():
    core = readout(channels=1, groups=3, steps=2)
    assert respond(core, [(1, 1), (9, 0), (9, 0)] + [(0, 1)] * 3, 1) == [(0, 0, 1, 9, 9)]


def test_images_do_not_mix():
    core = readout(channels=2, steps=2)
    spike, silence = [(1, 1, 0, 0), (0, 0, 0, 0)], [(0, 0, 1, 0), (-2, 0, -1, 0)]
    assert respond(core, spike + silence + spike, 3) == [(0, 0, 1, 0), (1, 2, -2, -1), (0, 0, 1, 0)]


def test_result_comes_classes_and_one_cycles_after_its_word():
    taken, out = cycles(readout(steps=4), [(1, 1, 0, 0, 0, 0)] * 4 + [(0, 0) * 3] * 4, 2)
    assert taken == [0, 1, 2, 3, 5, 6, 7, 8]  # the rest of a decided image is dropped while the classes are scanned
    assert out == [4, 12]


def test_most_spikes_win_over_a_larger_potential():
    assert result("0! 9 9", "0! 9! 0", "0 9 9", kind="count") == (0, 2, [0, 9, 9])


def test_as_many_spikes_larger_potential_of_the_last_tick_wins():
    assert result("0! 0 9!", "9! 0! 0", "1 2! 3!", kind="count") == (2, 2, [1, 2, 3])
    assert result("0! 0 0", "0 0! 0", "2 2 9", kind="count") == (0, 2, [2, 2, 9])


def test_spikes_of_the_image_before_do_not_count():
    core = readout("count", steps=2)
    words = [(0, 1, 0, 0, 0, 0)] * 2 + [(0, 0, 0, 1, 0, 0), (0, 0, 0, 0, 0, 0)]
    assert respond(core, words, 2) == [(0, 1, 0, 0, 0), (1, 1, 0, 0, 0)]
