"""Solvers of ``x = J x + b`` that know J only by what it makes of a tensor: here J is a transposed Jacobian.

J must treat each image, an entry of the first axis, by itself. All begin at x = 0, look at the residual
``g(x) = J x - x + b``, and stop after `ITERATIONS`, or when the norm of every image's residual has fallen to
``tolerance`` times that of its b.
"""

from collections import deque
from collections.abc import Callable

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]
Solver = Callable[[Product, Tensor], Tensor]
ITERATIONS = 30
MEMORY = 27
TOLERANCE = 1e-5


def damped(product: Product, wanted: Tensor, tolerance: float = TOLERANCE) -> Tensor:
    """Solution by ``x <- x + g(x) / 2``; the error shrinks by (1 + ||J||) / 2 in each iteration.

    Parameters
    ----------
    product : callable
        Gives J x, for x of the shape of ``wanted``.
    wanted : Tensor, shape (images, ...)
        b.
    """
    x = torch.zeros_like(wanted)
    for _ in range(ITERATIONS):
        residual = product(x) - x + wanted
        if _small(residual, wanted, tolerance):
            break
        x = x + residual / 2
    return x


def broyden(product: Product, wanted: Tensor, tolerance: float = TOLERANCE) -> Tensor:
    """Solution by Broyden's first method (1965), without line search; of each image the best iterate is kept.

    The inverse Jacobian of g begins as -1. Of its rank-one updates (Sherman and Morrison) the last `MEMORY` act.
    Parameters as of `damped`.
    """
    x, residual = torch.zeros_like(wanted), wanted
    best, lowest, step = x, _norm(residual), residual
    updates: deque[tuple[Tensor, Tensor]] = deque(maxlen=MEMORY)
    for _ in range(ITERATIONS):
        if bool((lowest <= tolerance * _norm(wanted)).all()):
            break
        x, old = x + step, residual
        residual = product(x) - x + wanted
        now = _norm(residual)
        best, lowest = torch.where(now < lowest, x, best), torch.minimum(now, lowest)
        change = residual - old
        row = _applied(step, [(right, left) for left, right in updates])
        slope = _dot(row, change)
        column = (step - _applied(change, updates)) / torch.where(slope == 0, 1, slope)
        updates.append((column, row))
        step = -_applied(residual, updates)
    return best


def _applied(vector: Tensor, updates: "deque[tuple[Tensor, Tensor]] | list[tuple[Tensor, Tensor]]") -> Tensor:
    """Product of a vector with -1 plus rank-one updates, each a column times a row."""
    total = -vector
    for column, row in updates:
        total = total + column * _dot(row, vector)
    return total


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return (one * other).sum(tuple(range(1, one.dim())), keepdim=True)


def _norm(values: Tensor) -> Tensor:
    return _dot(values, values).sqrt()


def _small(residual: Tensor, wanted: Tensor, tolerance: float) -> bool:
    return bool((_norm(residual) <= tolerance * _norm(wanted)).all())


SOLVERS: dict[str, Solver] = {"broyden": broyden, "damped": damped}
