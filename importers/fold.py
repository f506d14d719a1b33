"""Exact numbers: signs and scales of weights, and how many bits behind the point make integers of others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from .form import Array, Synapses, refuse

TOLERANCE = 1e-6  # relative; of numbers that a source derives in float32, as dt / tau


def snapped(value: float) -> float:
    """The fraction with a denominator up to 2**16 that ``value`` is within `TOLERANCE`, else ``value`` itself."""
    near = Fraction(value).limit_denominator(2**16)
    return float(near) if abs(near - Fraction(value)) <= TOLERANCE * abs(Fraction(value)) else value


def signs(layer: Synapses) -> tuple[Array, list[Fraction]]:
    """Signs of the weights, int8, and the positive factor of each output channel.

    Raises
    ------
    ValueError
        The weights of a channel are not all of one magnitude above 0.
    """
    rows = layer.weight.reshape(layer.weight.shape[0], -1)
    size = np.abs(rows)
    wrong = (size != size[:, :1]).any(1) | (size[:, 0] == 0)
    if wrong.any():
        channel = int(wrong.argmax())
        several = len(np.unique(size[channel]))
        refuse(layer.name, f"weights of output {channel} have {several} magnitudes, from {size[channel].min():.6g} to "
               f"{size[channel].max():.6g}", "train sign weights times one scale, or binarize (--binarize sign)")
    return np.where(layer.weight < 0, -1, 1).astype(np.int8), [Fraction(float(each)) for each in size[:, 0]]


def binarized(layer: Synapses) -> tuple[Synapses, str]:
    """The layer with the signs of its weights times each channel's mean magnitude, and what that did in words."""
    rows = layer.weight.reshape(layer.weight.shape[0], -1)
    scale = np.abs(rows).mean(1)
    scale[scale == 0] = 1.0
    made = np.where(rows < 0, -1.0, 1.0) * scale[:, None]
    error = float(np.linalg.norm(made - rows)) / max(float(np.linalg.norm(rows)), 1e-300)
    return (replace(layer, weight=made.reshape(layer.weight.shape)),
            f"signs times each output's mean magnitude, relative error of the weights {error:.3f}")


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
