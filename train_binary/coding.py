"""Latency coding in torch: pixels to spike times, times to planes, planes to what synapses pass on."""

import torch
from torch import Tensor

from . import native


def spike_times(images: Tensor, steps: int) -> Tensor:
    """Spike time of each 8-bit pixel: ``((255 - p) * steps) >> 8``, and ``steps`` (never) where p is 0.

    Parameters
    ----------
    images : Tensor
        uint8, any shape.
    steps : int
        1..256.

    Returns
    -------
    Tensor
        int32 of the same shape, 0..steps.
    """
    pixels = images.to(torch.int32)
    return torch.where(pixels == 0, steps, ((255 - pixels) * steps) >> 8)


def planes(times: Tensor, steps: int) -> Tensor:
    """What has fired by each tick: float32 of shape (steps, *times.shape), 1 from the spike on, else 0."""
    ticks = torch.arange(steps, dtype=times.dtype).view(-1, *[1] * times.dim())
    return (times <= ticks).float()


class _Response(torch.autograd.Function):
    """Sum of the last ``length`` planes at each tick, in loops that keep the memory layout of their input."""

    @staticmethod
    def forward(ctx, fired: Tensor, length: int) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.length = length
        if native.fits(fired):
            total = torch.empty_like(fired)
            native.call("response", fired, total, length, 0, len(fired), fired[0].numel())
            return total
        total = fired.clone()
        for tick in range(1, len(total)):
            total[tick] += total[tick - 1]
            if tick >= length:
                total[tick] -= fired[tick - length]
        return total

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        if native.fits(gradient):
            total = torch.empty_like(gradient)
            native.call("response", gradient, total, ctx.length, 1, len(gradient), gradient[0].numel())
            return total, None
        total = gradient.clone()
        for tick in range(len(total) - 2, -1, -1):
            total[tick] += total[tick + 1]
            if tick + ctx.length < len(total):
                total[tick] -= gradient[tick + ctx.length]
        return total, None


def response(fired: Tensor, length: int) -> Tensor:
    """Kernel of each input at each tick: ``min(length, ticks since the spike, counting its own)``, 0 before it.

    Length 1 is the step kernel, length >= steps the ramp without end, anything between a ramp of that length.

    Parameters
    ----------
    fired : Tensor
        Planes, shape (steps, ...).
    length : int
        At least 1.
    """
    return fired if length == 1 else _Response.apply(fired, length)
