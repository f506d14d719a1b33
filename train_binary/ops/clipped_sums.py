"""Clipped rectified sums, normalised by mean and variance of their channels, forward and backward."""

# mypy: disable-error-code="no-untyped-def"

import torch
from torch import Tensor

from . import channels, native


def fits(sums: Tensor) -> bool:
    """True if compiled functions take these: bfloat16, shape (batch, channels, height, width), channels innermost."""
    return (sums.dtype == torch.bfloat16 and sums.device.type == "cpu" and sums.numel() > 0
            and sums.is_contiguous(memory_format=torch.channels_last) and native.library() is not None)


def normalised(sums: Tensor, gain: Tensor, offset: Tensor, shortcut: Tensor | None, top: int,
               rounds: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers of sums of bfloat16 as of `fits`, in one pass over them and two back.

    Parameters
    ----------
    sums : Tensor
    gain, offset : float32 Tensor, shape (channels,)
        A sum minus the mean of its channel, over its standard deviation, times the gain, plus the offset is given.
    shortcut : Tensor or None
        Is added to that; of the shape of ``sums``.
    top : int
        The largest number.
    rounds : bool
        Round down and clip to 0..``top``; else only clip, to 0..``top + 1``. The derivative is 1 where nothing is
        clipped.

    Returns
    -------
    bfloat16 Tensor
        The numbers, of the shape of ``sums``.
    Tensor, Tensor
        Mean and variance of each channel, the latter that of which the former are a sample; without derivatives.
    """
    if shortcut is not None:
        shortcut = shortcut.to(sums.dtype).contiguous(memory_format=torch.channels_last)
    return _Normalised.apply(sums, gain, offset, shortcut, top + 1, rounds)


def _rows(constants: Tensor) -> Tensor:
    """As `channels.rows`, so many that their sums, too, lie in a near cache."""
    return channels.rows(constants, 8)


class _Normalised(torch.autograd.Function):
    @staticmethod
    def forward(ctx, sums, gain, offset, shortcut, top, rounds):
        count, number = sums[:, 0].numel(), sums.shape[1]
        width = _rows(gain[None]).shape[1]
        totals = channels.sums(2, width)
        native.call("half_moments", sums, totals, width, sums.numel())
        total, square = channels.folded(totals, number)
        mean = total / count
        variance = (square / count - mean * mean).clamp(min=0)
        inverse = torch.rsqrt(variance + channels.EPSILON)
        scale = gain * inverse
        constants = torch.stack([scale, offset - mean * scale, mean, inverse]).float()
        numbers, more = torch.empty_like(sums), sums.new_empty(0) if shortcut is None else shortcut
        native.call("clipped_forward", sums, more, _rows(constants[:2]), numbers, top, int(rounds), width,
                    sums.numel())
        ctx.save_for_backward(sums, more, constants)
        ctx.top, ctx.rounds, ctx.joined = top, int(rounds), shortcut is not None
        moments = mean.float(), (variance * (count / max(1, count - 1))).float()
        ctx.mark_non_differentiable(*moments)
        return numbers, *moments

    @staticmethod
    def backward(ctx, gradient, *_):
        sums, more, constants = ctx.saved_tensors
        count, number = sums[:, 0].numel(), sums.shape[1]
        repeated = _rows(constants)
        width = repeated.shape[1]
        gradient = gradient.to(sums.dtype).contiguous(memory_format=torch.channels_last)
        kept, totals = torch.empty_like(sums), channels.sums(2, width)
        native.call("clipped_backward", gradient, sums, more, repeated, kept, totals, ctx.top, ctx.rounds, width,
                    sums.numel())
        total, product = channels.folded(totals, number)
        scale, _, mean, inverse = constants.double()
        slope = -scale * inverse * product / count
        below = torch.empty_like(sums)
        factors = torch.stack([scale, slope, -scale * total / count - slope * mean]).float()
        native.call("half_normalise_backward", kept, sums, _rows(factors), below, width, sums.numel())
        return below, product.float(), total.float(), kept if ctx.joined else None, None, None


def ones(numbers: Tensor, steps: int) -> Tensor:
    """Binary digits that are 1; of numbers that are not rounded, those of the largest ones not above them.

    Parameters
    ----------
    numbers : Tensor
        0..2**steps.
    """
    top = 2**steps - 1
    if fits(numbers):
        found = torch.zeros(torch.get_num_threads(), dtype=torch.int64)
        native.call("half_digits", numbers, found, top, numbers.numel())
        return found.sum()
    whole = numbers.detach().int().movedim(1, -1)  # as they lie in memory
    counts = torch.bincount(whole.flatten(), minlength=top + 1)
    return counts @ counts.new_tensor([min(number, top).bit_count() for number in range(len(counts))])
