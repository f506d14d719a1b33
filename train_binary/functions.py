"""Sign and spike, each with the derivative that training uses instead of its own, and pooling."""

# mypy: disable-error-code="no-untyped-def"

import torch
import torch.nn.functional as F
from torch import Tensor

from . import native


class _Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weights: Tensor) -> Tensor:
        return torch.where(weights >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return gradient


def sign(weights: Tensor) -> Tensor:
    """Each weight's -1 or +1, for 0 it is +1; the derivative is taken as 1 (straight through)."""
    return _Sign.apply(weights)


class _Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx, excess: Tensor) -> Tensor:
        if native.fits(excess):
            peak, fired = torch.empty_like(excess), torch.empty_like(excess)
            native.call("fire_forward", excess, peak, fired, len(excess), excess[0].numel())
            ctx.save_for_backward(peak)
            return fired
        peak = excess.clone()
        for tick in range(1, len(excess)):
            torch.maximum(peak[tick - 1], excess[tick], out=peak[tick])
        ctx.save_for_backward(peak)
        return (peak >= 0).to(excess.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (peak,) = ctx.saved_tensors
        if native.fits(gradient, peak):
            result = torch.empty_like(peak)
            native.call("fire_backward", native.like(gradient, peak), peak, result, len(peak), peak[0].numel())
            return result
        result = gradient / (1 + 3 * peak.abs()).square()
        for tick in range(len(peak) - 1, 0, -1):  # what a tick did not raise is handed to the tick before it
            handed = result[tick] * (peak[tick] == peak[tick - 1])
            result[tick] -= handed
            result[tick - 1] += handed
        return result


def fire(excess: Tensor) -> Tensor:
    """Fired-by-tick planes of single-spike neurons: 1 from the first tick with ``excess >= 0`` on.

    The derivative is 1 / (1 + 3 |m|)**2 at the running maximum m of ``excess``, and goes to the tick that set it.

    Parameters
    ----------
    excess : float, shape (steps, ...)
        Potential minus threshold, on any positive scale.
    """
    return _Fire.apply(excess)


class _Pool(torch.autograd.Function):
    @staticmethod
    def forward(ctx, potentials: Tensor, size: int) -> Tensor:
        images, channels, height, width = potentials.shape
        pooled = potentials.new_empty(images, channels, height // size, width // size).contiguous(
            memory_format=torch.channels_last)
        where = torch.empty_like(pooled, dtype=torch.uint8)
        ctx.shape, ctx.extents = potentials.shape, (images, height, width, channels, size)
        native.call("pool_forward", potentials, pooled, where, *ctx.extents)
        ctx.save_for_backward(where)
        return pooled

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        (where,) = ctx.saved_tensors
        result = gradient.new_empty(ctx.shape).contiguous(memory_format=torch.channels_last)
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        native.call("pool_backward", gradient, where, result, *ctx.extents)
        return result, None


def pool(potentials: Tensor, size: int) -> Tensor:
    """Maximum of each size x size window, with the gradient to the first that has it; a remainder is dropped.

    Parameters
    ----------
    potentials : Tensor
        Shape (images, channels, height, width).
    """
    last = potentials.is_contiguous(memory_format=torch.channels_last)
    if size <= 16 and last and native.fits(potentials):
        return _Pool.apply(potentials, size)
    return F.max_pool2d(potentials, size)
