"""Exact numbers: weights as integers times a scale, and how many bits behind the point make integers of others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from quant.description.integers import MAX_BITS

from .form import Array, Synapses, refuse

TOLERANCE = 1e-6  # relative; of numbers that a source derives in float32, as dt / tau
RANGES = {"sign": (-1, 1), "ternary": (-1, 1),
          **{f"int{bits}": (-2**(bits - 1), 2**(bits - 1) - 1) for bits in range(2, MAX_BITS + 1)}}
"""Lowest and highest integer of each kind of weights; signs are never 0."""
LOW, HIGH = RANGES[f"int{MAX_BITS}"]
FLOAT32 = 2.0**-22  # relative; of multiples of a scale that were rounded to float32
SCALE_BITS = 12  # of a scale, so that its multiples are exact in float32
STARTS = np.geomspace(0.5, 4.0, 40)  # largest weights in units of the highest integer
STEPS = 4
SOME = 64  # weights that are looked at before all others are


def integers(layer: Synapses, *, together: bool) -> tuple[Array, list[Fraction], bool]:
    """Weights as integers, the positive scale of each output, and whether their products are just the weights.

    Parameters
    ----------
    layer : Synapses
        Of weights that are multiples of a scale but for rounding to float32.
    together : bool
        One scale for all outputs where there is one; else only where it takes no more bits.

    Raises
    ------
    ValueError
        The weights of an output are no integers of 8 bits times a scale.
    """
    rows = layer.weight.reshape(len(layer.weight), -1)
    found = _by_output(layer.name, rows, together)
    common = next((scale for _, scale in found if scale), Fraction(1))  # of outputs whose weights are all 0
    scales = [scale or common for _, scale in found]
    numbers = np.stack([each for each, _ in found]).astype(np.int16)
    same = all(Fraction(float(w)) == int(n) * scale for row, made, scale in zip(rows, numbers, scales, strict=True)
               for w, n in set(zip(row, made, strict=True)))
    return numbers.reshape(layer.weight.shape), scales, same


def _by_output(name: str, rows: Array, together: bool) -> list[tuple[Array, Fraction | None]]:
    """Integers and scale of each output, in `multiples` of one scale or of one for each."""
    one, each = multiples(rows), [multiples(row) for row in rows]
    apart = [found for found in each if found is not None]
    whole = [(numbers, one[1]) for numbers in one[0]] if one is not None else []
    if whole and (together or len(apart) < len(rows) or _bits(whole) <= _bits(apart)):
        return whole
    if len(apart) < len(rows):
        channel = next(at for at, found in enumerate(each) if found is None)
        refuse(name, f"weights of output {channel} have {len(np.unique(np.abs(rows[channel])))} magnitudes, which are "
               f"no integers of {MAX_BITS} bits times one scale", "train such weights, or round them (--weights int4, "
               "ternary or sign)")
    return apart


def _bits(found: list[tuple[Array, Fraction | None]]) -> int:
    """Bits that hold the integers; of signs 1."""
    numbers = np.concatenate([each for each, _ in found])
    return 1 if (np.abs(numbers) == 1).all() else int(max(numbers.max(), -numbers.min() - 1, 1)).bit_length() + 1


def multiples(values: Array) -> tuple[Array, Fraction | None] | None:
    """The smallest integers that are all values but for one scale, and that scale; None if there are none.

    The scale is None where all are 0.
    """
    sizes = np.unique(np.abs(values))
    sizes = sizes[sizes > 0]
    if not len(sizes):
        return np.zeros(values.shape, int), None
    for highest in range(1, -LOW + 1):
        if _whole(sizes[:SOME] * (highest / sizes[-1])) and _whole(sizes * (highest / sizes[-1])):
            numbers = np.rint(values * (highest / sizes[-1])).astype(int)
            return (numbers, Fraction(float(sizes[-1])) / highest) if numbers.max() <= HIGH else None
    return None


def _whole(ratios: Array) -> bool:
    """Whether positive numbers are integers but for rounding to float32."""
    near = np.rint(ratios)
    return bool((near > 0).all() and (np.abs(ratios - near) <= FLOAT32 * near).all())


def rounded(layer: Synapses, kind: str, *, together: bool) -> tuple[Synapses, str]:
    """The layer with weights of a kind of `RANGES`, times a scale, and what that did in words; empty: nothing.

    The scale of each output, or of all ``together``, has the least squared error that was found.
    """
    rows = layer.weight.reshape(len(layer.weight), -1)
    groups = rows.reshape(1, -1) if together else rows
    if all(_holds(multiples(group), kind) for group in groups):
        return layer, ""
    made = np.stack([_fitted(group, kind) for group in groups]).reshape(layer.weight.shape)
    whose = "all outputs' weights times one scale" if together else "each output's weights times a scale"
    return replace(layer, weight=made), f"{kind}, {whose} by least squares, {error(layer.weight, made)}"


def error(weight: Array, made: Array) -> str:
    """Relative error of weights, in words."""
    lost = float(np.linalg.norm(made - weight)) / max(float(np.linalg.norm(weight)), 1e-300)
    return f"relative error of the weights {lost:.3f}"


def _holds(found: tuple[Array, Fraction | None] | None, kind: str) -> bool:
    low, high = RANGES[kind]
    return found is not None and bool((found[0] >= low).all() and (found[0] <= high).all()
                                      and (kind != "sign" or found[0].all()))


def quantised(values: Array, kind: str) -> Array:
    """The nearest integers of a kind, as float64."""
    low, high = RANGES[kind]
    return np.where(values < 0, -1.0, 1.0) if kind == "sign" else np.clip(np.rint(values), low, high)


def _fitted(values: Array, kind: str) -> Array:
    """Values rounded to integers times the scale of least squares: from several starts, each improved in turn."""
    largest = float(np.abs(values).max())
    if largest == 0:
        return np.ones(values.shape) if kind == "sign" else values
    best, least = values, np.inf
    for start in STARTS:
        scale = largest / (RANGES[kind][1] * start)
        for _ in range(STEPS):
            numbers = quantised(values / scale, kind)
            found = float(values @ numbers) / max(float(numbers @ numbers), 1.0)
            scale = _short(found) if found > 0 else scale
        made = quantised(values / scale, kind) * scale
        if (squared := float(((made - values) ** 2).sum())) < least:
            best, least = made, squared
    return best


def _short(scale: float) -> float:
    """A scale of `SCALE_BITS` significant bits."""
    mantissa, exponent = np.frexp(scale)
    return float(np.ldexp(np.rint(mantissa * 2**SCALE_BITS), int(exponent) - SCALE_BITS))


def shifted(layer: Synapses, units: Sequence[Fraction], shifts: Iterable[int], kind: str | None,
            ) -> tuple[Array, int, str] | None:
    """Weights as integers times ``units[output] << shift``, the shift, and what was rounded in words; None: no form.

    Of several shifts the one with the smallest integers; with a ``kind`` the one of the least squared error.
    """
    scale = np.array([float(unit) for unit in units]).reshape(-1, *(1,) * (layer.weight.ndim - 1))
    best, least = None, np.inf
    for shift in shifts:
        values = layer.weight / (scale * 2.0**shift)
        numbers = quantised(values, kind or f"int{MAX_BITS}")
        exact = bool((np.abs(values - numbers) <= FLOAT32 * np.abs(numbers)).all())
        if exact or kind:
            made = numbers * scale * 2.0**shift
            squared = 0.0 if exact else float(((made - layer.weight) ** 2).sum())
            if squared < least or exact and squared <= least:
                best, least = (numbers.astype(np.int16), shift, "" if exact else
                               f"recurrent {kind} times a power of two of the input's scale, "
                               f"{error(layer.weight, made)}"), squared
    return best


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
