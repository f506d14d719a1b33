"""Constants and sums of channels, as compiled functions take them with values whose channels lie innermost."""

import torch
from torch import Tensor

from . import native

EPSILON = 1e-3  # is added to a variance
ROOM = 16384  # values of all ticks that lie in a near cache together


def innermost(values: Tensor) -> bool:
    """True if compiled functions take these maps, shape (maps, channels, height, width), with channels innermost."""
    return native.fits(values) and values.is_contiguous(memory_format=torch.channels_last)


def rows(constants: Tensor, steps: int = 1) -> Tensor:
    """Numbers of channels, shape (n, channels), repeated for as many values as C takes at a time."""
    return constants.repeat(1, max(1, ROOM // (constants.shape[1] * steps)))


def sums(number: int, width: int) -> Tensor:
    """Room for sums of each of ``width`` places, float64 of shape (threads, number, width), all zero."""
    return torch.zeros(torch.get_num_threads(), number, width, dtype=torch.float64)


def folded(sums: Tensor, channels: int) -> Tensor:
    """The first two of such sums of each channel, over all places and threads, shape (2, channels)."""
    return sums[:, :2].sum(0).unflatten(1, (-1, channels)).sum(1)


def moments(values: Tensor) -> Tensor:
    """Sums of values and of their squares in each channel, float64 of shape (2, channels); channels lie innermost."""
    channels = values.shape[1]
    found = sums(2, rows(values.new_empty(1, channels), 4).shape[1])
    native.call("moments", values, found, found.shape[2], values.numel())
    return folded(found, channels)
