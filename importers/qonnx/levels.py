"""Integer constants of neurons whose number has given levels."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from quant.description.neurons import LIMIT

from ..fold import above, nearest

NUDGES = sorted(product(range(-3, 4), repeat=2), key=lambda each: abs(each[0]) + abs(each[1]))


def reached(factor: Fraction, offset: Fraction, levels: Sequence[tuple[Fraction, bool]], bound: int) -> list[int]:
    """For each level the least n in ``-bound .. bound + 1`` with which ``factor * n + offset`` reaches it.

    The factor is not negative. One of 0 makes n of no matter: a level is reached by all n, or by none.
    """
    if factor == 0:
        return [-bound if offset > level or offset == level and not strict else bound + 1 for level, strict in levels]
    return [max(-bound, min(above((level - offset) / factor, strict), bound + 1)) for level, strict in levels]


def constants(factor: Fraction, offset: Fraction, levels: Sequence[tuple[Fraction, bool]], bound: int, fraction: int,
              ) -> tuple[int, int] | None:
    """Threshold and bias of a neuron that gives how many levels ``factor * n + offset`` reaches, for all n; None: none.

    The neuron gives ``((n << fraction) + bias) // threshold`` within 0 .. the number of levels.
    """
    due = reached(factor, offset, levels, bound)
    if len(set(due)) == 1 and len(due) <= 1 << fraction:  # from nothing to all at one n
        return _within(1, len(due) - (due[0] << fraction))
    if set(due) <= {-bound, bound + 1}:  # the same for all n
        width = (2 * bound + 1) << fraction
        return _within(width, due.count(-bound) * width + (bound << fraction))
    one, step = 2**fraction, levels[1][0] - levels[0][0]
    threshold, bias = nearest(step / factor * one), nearest((offset - levels[0][0] + step) / factor * one)
    return next((found for more, up in NUDGES if (found := _within(threshold + more, bias + up))
                 and _given(*found, len(due), bound, fraction) == due), None)


def _within(threshold: int, bias: int) -> tuple[int, int] | None:
    return (threshold, bias) if 1 <= threshold <= LIMIT and abs(bias) <= LIMIT else None


def _given(threshold: int, bias: int, count: int, bound: int, fraction: int) -> list[int]:
    """As of `reached`, of the neuron."""
    return [max(-bound, min(-((bias - level * threshold) >> fraction), bound + 1)) for level in range(1, count + 1)]


def offsets(exact: Sequence[Fraction], most: int) -> tuple[list[int], int, bool]:
    """Integers in units of ``2**-bits`` for what is added to integer sums, the bits, and whether they name the same.

    They do if the largest of the sums, and every tie, is the same for all sums: integral parts and the order of what is
    behind the point are kept. Of those up to ``most`` bits the fewest with which they do; else ``most``.
    """
    wanted = _order(exact)
    for bits in range(most + 1):
        made = [nearest(each * 2**bits) for each in exact]
        if same := _order([Fraction(each, 2**bits) for each in made]) == wanted:
            break
    return made, bits, same


def _order(values: Sequence[Fraction]) -> list[tuple[int, int]]:
    """Integral part of each value, and the rank of the rest."""
    ranks = {rest: rank for rank, rest in enumerate(sorted({value % 1 for value in values}))}
    return [(value // 1, ranks[value % 1]) for value in values]
