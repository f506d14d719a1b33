"""Latency coding in torch: pixels to spike times, times to planes, planes to what synapses pass on."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from quant.description.psp import Psp, Ramp, Step
from quant.kinds import Kinds

from . import native

LENGTHS: Kinds[Callable[[Any, int], int]] = Kinds("postsynaptic potentials in torch")
"""Kernel and ticks to its length as of `response`."""
LENGTHS[Step.kind] = LENGTHS[Ramp.kind] = lambda psp, steps: psp.gain(steps)


def kernel_length(psp: Psp, steps: int) -> int:
    """Length of a kernel as of `response`; a TypeError if it has none, being neither step nor ramp."""
    return LENGTHS[psp.kind](psp, steps)


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
    """Fired-by-tick planes: float32 of shape (steps, *times.shape), 1 from the spike on, else 0."""
    ticks = torch.arange(steps, dtype=times.dtype, device=times.device).view(-1, *[1] * times.dim())
    return (times <= ticks).float()


def accumulate(values: Tensor, length: int, *, backward: bool = False) -> Tensor:
    """Sum of the last ``length`` planes at each tick; of the next ones, if ``backward``.

    Loops over ticks keep the memory layout of the values, shape (steps, ...).
    """
    if native.fits(values):
        total = torch.empty_like(values)
        native.call("response", values, total, length, int(backward), len(values), values[0].numel())
        return total
    total = values.clone()
    way = -1 if backward else 1
    ticks = range(len(values))[::way]
    for index, tick in enumerate(ticks[1:], 1):
        total[tick] += total[tick - way]
        if index >= length:
            total[tick] -= values[tick - way * length]
    return total


class _Response(torch.autograd.Function):
    @staticmethod
    def forward(ctx, fired: Tensor, length: int) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.length = length
        return accumulate(fired, length)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        return accumulate(gradient, ctx.length, backward=True), None


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
