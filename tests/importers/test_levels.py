"""Constants of neurons that give numbers, against the levels they stand for, for every sum."""

from fractions import Fraction

import numpy as np
import pytest

from importers.qonnx.levels import constants, offsets, reached


def number(constant, n, fraction, most):
    threshold, bias = constant
    return max(0, min(((n << fraction) + bias) // threshold, most))


@pytest.mark.parametrize("count", [1, 3, 15])
@pytest.mark.parametrize("seed", range(30))
def test_neurons_give_the_levels_that_are_reached(seed, count):
    rng = np.random.default_rng(seed)
    factor, offset, step, first = (Fraction(float(each)) for each in rng.normal(size=4) * (1, 20, 9, 5))
    factor, step, bound = abs(factor), abs(step), int(rng.integers(1, 200))
    levels = tuple((first + place * step, bool(place % 2)) for place in range(count))
    made = constants(factor, offset, levels, bound, 8)
    if made is None:
        assert count == 15
        return
    for n in range(-bound, bound + 1):
        value = factor * n + offset
        due = sum(value > level or value == level and not strict for level, strict in levels)
        assert number(made, n, 8, count) == due


@pytest.mark.parametrize("offset", [-5, 0, 0.5, 9])
def test_a_factor_of_zero_gives_one_number(offset):
    levels = ((Fraction(0), True), (Fraction(1), False), (Fraction(2), True))
    made = constants(Fraction(0), Fraction(offset), levels, 6, 4)
    due = (offset > 0) + (offset >= 1) + (offset > 2)
    assert {number(made, n, 4, 3) for n in range(-6, 7)} == {due}


def test_levels_at_an_integer_keep_their_comparator():
    levels = ((Fraction(3), False), (Fraction(5), True))
    assert reached(Fraction(1), Fraction(0), levels, 9) == [3, 6]


@pytest.mark.parametrize(("exact", "bias", "bits", "same"), [
    ((0, 3, -2), [0, 3, -2], 0, True), ((Fraction(1, 2), 0), [1, 0], 1, True),
    ((Fraction(1, 3), Fraction(1, 4)), [3, 2], 3, True), ((Fraction(1, 2**20), 0), [0, 0], 8, False)])
def test_offsets_keep_the_order_of_all_sums(exact, bias, bits, same):
    assert offsets([Fraction(each) for each in exact], 8) == (bias, bits, same)
