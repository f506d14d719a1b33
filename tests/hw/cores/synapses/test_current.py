import random

import pytest

from quant.dataflow import cores
from quant.description.spike_coding import Binary
from tests.helpers.cores.bench import RATES, check, cycles, respond


def core(ticks=1, channels=1, planes=8, fan_in=9, repeats=3):
    return cores.Current(steps=planes, spike_coding=Binary, channels=channels, ticks=ticks, fan_in=fan_in,
                         repeats=repeats)


def digits(of, count, seed=0):
    """Random sums of planes, for ``count`` groups of channels."""
    rng = random.Random(seed)
    return [tuple(rng.randint(-of.fan_in, of.fan_in) for _ in range(of.channels * of.ticks))
            for _ in range(count * of.tick_groups)]


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize(("ticks", "channels", "planes", "repeats"), [
    (1, 1, 8, 1), (1, 2, 8, 4), (3, 2, 8, 9), (5, 1, 8, 2), (8, 3, 8, 1), (8, 1, 8, 7), (1, 2, 1, 3), (2, 1, 4, 2)])
def test_agrees_with_models(ticks, channels, planes, repeats, stall):
    of = core(ticks, channels, planes, repeats=repeats)
    check(of, digits(of, 6), stall=stall)


def test_digits_by_hand():
    of = core(planes=3, repeats=2)
    assert respond(of, [(1,), (0,), (-2,), (-1,), (3,), (9,)], 4) == [(2,), (2,), (11,), (11,)]


def test_two_digits_at_once_by_hand():
    of = core(ticks=2, planes=3, repeats=1)
    assert respond(of, [(1, 0), (-2, 7), (-1, 3), (9, 7)], 2) == [(2,), (11,)]


@pytest.mark.parametrize("ticks", [1, 3, 8])
def test_extremes_fit(ticks):
    of = core(ticks, fan_in=5)
    words = [(5,) * ticks] * of.tick_groups + [(-5,) * ticks] * of.tick_groups
    assert respond(of, words, 6) == [(5 * 255,)] * 3 + [(-5 * 255,)] * 3


def test_the_next_digits_come_while_a_number_is_given():
    of = core(ticks=4, planes=8, repeats=5)
    assert cycles(of, digits(of, 3), 15) == ([0, 1, 2, 6, 7, 11], [*range(2, 7), *range(7, 12), *range(12, 17)])
