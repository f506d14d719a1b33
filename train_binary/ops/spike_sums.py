"""Sums of signs over spikes, plane by plane, which nothing rounds."""

# mypy: disable-error-code="no-untyped-def"

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

from . import native

FOUR, ENTRIES, PLACES = 4, 16, 64  # as in spike_sums.c
LARGEST = 2**15 - 1  # sum in spike_sums.c


def convolve(spikes: Tensor, weights: Tensor, *, stride: int = 1, padding: int = 0, real: bool = False) -> Tensor:
    """As torch's conv2d, with the same numbers and derivatives; of spikes, signs and stride 1 faster, where C compiles.

    Parameters
    ----------
    spikes : Tensor, shape (planes, channels, height, width)
        Of other values than 0 and 1, which the first layer gets, torch takes the sums.
    weights : Tensor, shape (outputs, channels, size, size)
    real : bool
        Whether weights are no signs, -1 and 1.
    """
    if real or stride > 1 or not _fits(spikes, weights):
        return F.conv2d(spikes, weights, stride=stride, padding=padding)
    return _Convolve.apply(spikes, weights, padding)


def connect(spikes: Tensor, weights: Tensor, *, real: bool = False) -> Tensor:
    """As `convolve`, for rows of spikes, shape (ticks, batch, inputs), and weights of shape (outputs, inputs)."""
    return F.linear(spikes, weights) if real or not _fits(spikes, weights) else _Connect.apply(spikes, weights)


@functools.cache
def _known() -> bool:
    """True if spike_sums.c is written for this processor."""
    if native.library() is None:
        return False
    known = torch.zeros(1, dtype=torch.int32)
    native.call("spike_sums_known", known)
    return bool(known)


def _fits(spikes: Tensor, signs: Tensor) -> bool:
    return signs[0].numel() <= LARGEST and native.fits(spikes) and _known()


def _sums(spikes: Tensor, signs: Tensor, maps: tuple[int, ...], numbers_of: str) -> Tensor | None:
    """Sums (planes, outputs, rows, columns) of maps, as of spike_sums.c; None of what are no spikes."""
    planes, channels, height, width, outputs, size, padding = maps
    geometry, line = torch.tensor(maps), width + 2 * padding
    groups, stretch = -(-channels // FOUR), (height + 2 * padding + 1) * line + 2 * PLACES
    numbers, odd = torch.zeros(planes * groups, stretch, dtype=torch.uint8), torch.zeros(1, dtype=torch.int32)
    native.call(numbers_of, geometry, spikes.contiguous(), numbers,
                torch.empty(torch.get_num_threads(), height * width, dtype=torch.uint8), odd)
    if odd:
        return None
    tables = torch.empty(-(-outputs // FOUR) * groups * size * size * FOUR * ENTRIES, dtype=torch.int8)
    native.call("spike_tables", geometry, signs.detach().float().contiguous(), tables)
    taps = torch.arange(groups).view(-1, 1, 1) * stretch + torch.arange(size).view(-1, 1) * line + torch.arange(size)
    rows, columns = height + 2 * padding - size + 1, line - size + 1
    sums, room = torch.empty(planes, outputs, rows, columns), -(-rows * line // PLACES) * PLACES
    scratch = torch.empty(torch.get_num_threads(), FOUR, room, dtype=torch.int16)
    native.call("spike_sums", geometry, numbers, tables, taps.contiguous(), sums, scratch, room)
    return sums


def _precision() -> torch.dtype:
    """In which numbers derivatives are taken: those of autocast, where it is on."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx, spikes, signs, padding):
        ctx.save_for_backward(spikes, signs)
        ctx.padding, ctx.dtype = padding, _precision()
        sums = _sums(spikes, signs, (*spikes.shape, len(signs), signs.shape[-1], padding), "spike_numbers")
        return F.conv2d(spikes, signs, padding=padding) if sums is None else sums

    @staticmethod
    def backward(ctx, gradient):
        spikes, signs = (saved.to(ctx.dtype) for saved in ctx.saved_tensors)
        below, change, _ = torch.ops.aten.convolution_backward(
            gradient.to(ctx.dtype), spikes, signs, None, [1, 1], [ctx.padding] * 2, [1, 1], False, [0, 0], 1,
            [*ctx.needs_input_grad[:2], False])
        return below, change, None


class _Connect(torch.autograd.Function):
    @staticmethod
    def forward(ctx, spikes, signs):
        ctx.save_for_backward(spikes, signs)
        ctx.dtype = _precision()
        places = spikes[..., 0].numel()
        sums = _sums(spikes, signs, (1, spikes.shape[-1], 1, places, len(signs), 1, 0), "spike_row_numbers")
        return F.linear(spikes, signs) if sums is None else sums[0, :, 0].t().reshape(*spikes.shape[:-1], -1)

    @staticmethod
    def backward(ctx, gradient):
        spikes, signs = (saved.to(ctx.dtype) for saved in ctx.saved_tensors)
        gradient = gradient.to(ctx.dtype)
        below = gradient @ signs if ctx.needs_input_grad[0] else None
        return below, gradient.flatten(0, -2).t() @ spikes.flatten(0, -2) if ctx.needs_input_grad[1] else None
