"""Exact sums of gradients: floats rounded to a grid on which adding them in double precision rounds nothing.

A sum that rounds nothing does not depend on its order: not on threads, not on processes, and not on who computes it.
"""

import torch
from torch import Tensor

from . import native, parallel

MANTISSA = 53


def spacing(values: Tensor, terms: int, bits: int = MANTISSA) -> Tensor:
    """The power of two by which ``values`` become integers when they are rounded; the same in all processes.

    Parameters
    ----------
    values : Tensor
        What is to be added up, float32.
    terms : int
        No sum, of all processes together, is more than that many times the largest of ``values``.
    bits : int
        What a sum has room for: those of a float64, or fewer.

    Returns
    -------
    Tensor
        float64 scalar, on the device of ``values``.
    """
    largest = parallel.largest(_largest(values).double())
    _, exponent = torch.frexp(largest)
    power = (bits - 1 - terms.bit_length() - exponent).clamp(-126, 126)  # so that it is a float32 too
    return torch.ldexp(torch.ones_like(largest), power)


def _largest(values: Tensor) -> Tensor:
    if native.fits(values):
        result = torch.empty((), dtype=torch.float32)
        native.call("largest", values, result, values.numel())
        return result
    return values.abs().max()


def rounded(values: Tensor, spacing: Tensor) -> Tensor:
    """The integers, in float64."""
    return (values.double() * spacing).round()
