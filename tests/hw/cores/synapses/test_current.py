import random

import pytest

from quant.dataflow import cores
from quant.description.spike_coding import Binary
from tests.helpers.cores.bench import check, cycles, every_stall, respond


def core(planes_per_pass=1, channels=1, bit_planes=8, plane_bound=9, repeats=3, buffered=False):
    return cores.Current(bit_planes=bit_planes, spike_coding=Binary, channels=channels, planes_per_pass=planes_per_pass,
                         plane_bound=plane_bound, repeats=repeats, buffered=buffered)


def digits(of, count, seed=0):
    """Random sums of planes, for ``count`` groups of channels."""
    rng = random.Random(seed)
    return [tuple(rng.randint(-of.plane_bound, of.plane_bound) for _ in range(of.channels * of.planes_per_pass))
            for _ in range(count * of.plane_groups)]


@every_stall
@pytest.mark.parametrize("buffered", [False, True])
@pytest.mark.parametrize(("planes_per_pass", "channels", "bit_planes", "repeats"), [
    (1, 1, 8, 1), (1, 2, 8, 4), (3, 2, 8, 9), (5, 1, 8, 2), (8, 3, 8, 1), (8, 1, 8, 7), (1, 2, 1, 3), (2, 1, 4, 2)])
def test_agrees_with_models(planes_per_pass, channels, bit_planes, repeats, buffered, stall):
    of = core(planes_per_pass, channels, bit_planes, repeats=repeats, buffered=buffered)
    check(of, digits(of, 6), stall=stall)


def test_digits_by_hand():
    of = core(bit_planes=3, repeats=2)
    assert respond(of, [(1,), (0,), (-2,), (-1,), (3,), (9,)], 4) == [(2,), (2,), (11,), (11,)]


def test_two_digits_at_once_by_hand():
    of = core(planes_per_pass=2, bit_planes=3, repeats=1)
    assert respond(of, [(1, 0), (-2, 7), (-1, 3), (9, 7)], 2) == [(2,), (11,)]


@pytest.mark.parametrize("planes_per_pass", [1, 3, 8])
def test_extremes_fit(planes_per_pass):
    of = core(planes_per_pass, plane_bound=5)
    words = [(5,) * planes_per_pass] * of.plane_groups + [(-5,) * planes_per_pass] * of.plane_groups
    assert respond(of, words, 6) == [(5 * 255,)] * 3 + [(-5 * 255,)] * 3


def test_the_next_digits_come_while_a_number_is_given():
    of = core(planes_per_pass=4, bit_planes=8, repeats=5)
    assert cycles(of, digits(of, 3), 15) == ([0, 1, 2, 6, 7, 11], [*range(2, 7), *range(7, 12), *range(12, 17)])


def test_all_digits_of_the_next_number_come_while_a_number_is_given():
    of = core(planes_per_pass=4, bit_planes=8, repeats=5, buffered=True)
    assert cycles(of, digits(of, 3), 15) == ([0, 1, 2, 3, 4, 7], [*range(2, 7), *range(7, 12), *range(12, 17)])
