"""Exact numbers: how many bits behind the point make integers of thresholds, biases and leaks."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

TOLERANCE = 1e-6  # relative; of numbers that a source derives in float32, as dt / tau


def snapped(value: float) -> float:
    """The fraction with a denominator up to 2**16 that ``value`` is within `TOLERANCE`, else ``value`` itself."""
    near = Fraction(value).limit_denominator(2**16)
    return float(near) if abs(near - Fraction(value)) <= TOLERANCE * abs(Fraction(value)) else value


def bits_behind_point(values: Iterable[Fraction]) -> int | None:
    """Bits behind the binary point that make all values whole numbers; None if no number of bits does."""
    bits = 0
    for value in values:
        if value.denominator & (value.denominator - 1):
            return None
        bits = max(bits, value.denominator.bit_length() - 1)
    return bits


def above(value: Fraction, strict: bool) -> int:
    """The least integer that is ``> value``, or ``>= value`` if not strict."""
    return value.numerator // value.denominator + 1 if strict else -(-value.numerator // value.denominator)


def nearest(value: Fraction) -> int:
    """The nearest integer, half away from zero upward."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def loss(exact: Sequence[Fraction], made: Sequence[int], bits: int) -> float:
    """Largest absolute error of numbers that were rounded to multiples of ``2**-bits``, in units of a weight."""
    return max((abs(float(a - Fraction(b, 2**bits))) for a, b in zip(exact, made, strict=True)), default=0.0)


def shift_of_leak(decay: float) -> int | None:
    """The k of ``decay = 1 - 2**-k``, 0..16; None if there is none."""
    for shift in range(17):
        if decay == 1 - 2.0**-shift:
            return shift
    return None


def nearest_leak(decay: float) -> int:
    """The k, 0..16, for which ``1 - 2**-k`` is nearest to ``decay``."""
    return min(range(17), key=lambda shift: abs(decay - (1 - 2.0**-shift)))
