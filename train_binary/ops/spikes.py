"""Spikes of normalised potentials, over all ticks in one pass forward and one backward, without a rounded sum."""

# mypy: disable-error-code="no-untyped-def"

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from . import channels, grid, native, parallel


def spikes(potentials: Tensor, offset: Tensor, steps: int, epsilon: float) -> tuple[Tensor, Tensor, Tensor]:
    """Fired-by-tick planes of neurons that fire at the first tick with ``(V - mean) / deviation + offset >= 0``.

    Mean and deviation are those of V in each channel, over ticks, images and positions, and over all processes. The
    derivative of a spike is 1 / (1 + 3 |m|)**2 at the running maximum m of the left side, and goes to the tick that set
    it; that of the normalisation is exact. Kept for the backward pass: V.

    Parameters
    ----------
    potentials : Tensor
        V, integers in float32, shape (steps * batch, channels, height, width).
    offset : Tensor
        Shape (channels,).
    steps : int
    epsilon : float
        Added to the variance.

    Returns
    -------
    planes, mean, variance
        Planes of the shape of V; mean and (unbiased) variance of each channel, float32, without derivatives.
    """
    return _Spikes.apply(potentials, offset, steps, epsilon)


class _Spikes(torch.autograd.Function):
    @staticmethod
    @torch.autocast("cpu", enabled=False)
    def forward(ctx, potentials, offset, steps, epsilon):
        values = potentials.float()
        ctx.steps, ctx.fits = steps, channels.innermost(values)
        ctx.number = values.numel() // values.shape[1] * parallel.world()
        sums = parallel.total((channels.moments if ctx.fits else _plain_moments)(values))
        mean, square = sums / ctx.number
        variance = (square - mean * mean).clamp(min=0)
        constants = torch.stack([mean, (variance + epsilon).rsqrt(), offset.detach().double()]).float()
        ctx.save_for_backward(values, constants)
        ctx.products = ctx.number
        if values.device.type == "cpu":  # at least the sum of |V|; elsewhere sums are not exact
            ctx.products *= math.isqrt(int(square.max())) + 1
        fired = (_fired if ctx.fits else _plain_fired)(values, constants, steps)
        unbiased = variance * (ctx.number / max(1, ctx.number - 1))
        mean, unbiased = mean.float(), unbiased.float()
        ctx.mark_non_differentiable(mean, unbiased)
        return fired, mean, unbiased

    @staticmethod
    def backward(ctx, gradient, *_):
        values, constants = ctx.saved_tensors
        spacing = grid.spacing(gradient, ctx.steps * max(ctx.number, ctx.products))
        excess, sums = (_excess if ctx.fits else _plain_excess)(gradient, values, constants, ctx.steps, spacing)
        mean, scale, _ = constants.double()
        first, second = parallel.total(sums) / spacing
        lost = torch.stack([first, (second - first * mean) * scale]) / ctx.number
        constants = torch.cat([constants[:2], lost.float()])
        result = (_normalised if ctx.fits else _plain_normalised)(excess, values, constants)
        return result, (first / parallel.world()).float(), None, None


def _column(constants: Tensor) -> Tensor:
    """Numbers of channels, shape (n, channels), as they meet V."""
    return constants[..., None, None]


def _plain_moments(values: Tensor) -> Tensor:
    return torch.stack([each.sum((0, 2, 3)) for each in (values.double(), values.double().square())])


def _peaks(values: Tensor, constants: Tensor, steps: int) -> Tensor:
    mean, scale, offset = _column(constants)
    peaks = ((values - mean) * scale + offset).unflatten(0, (steps, -1))
    for tick in range(1, steps):
        torch.maximum(peaks[tick - 1], peaks[tick], out=peaks[tick])
    return peaks


def _plain_fired(values: Tensor, constants: Tensor, steps: int) -> Tensor:
    return (_peaks(values, constants, steps) >= 0).to(values.dtype).flatten(0, 1)


def _plain_excess(gradient, values, constants, steps, spacing):
    peaks = _peaks(values, constants, steps)
    result = gradient.unflatten(0, (steps, -1)) / (1 + 3 * peaks.abs()).square()
    for tick in range(steps - 1, 0, -1):  # what a tick did not raise is handed to the tick before it
        handed = result[tick] * (peaks[tick] == peaks[tick - 1])
        result[tick] -= handed
        result[tick - 1] += handed
    result = result.flatten(0, 1)
    integers = grid.rounded(result, spacing)
    return result, torch.stack([each.sum((0, 2, 3)) for each in (integers, integers * values)])


def _plain_normalised(excess, values, constants):
    mean, scale, first, second = _column(constants)
    return scale * (excess - first - (values - mean) * scale * second)


def _fired(values: Tensor, constants: Tensor, steps: int) -> Tensor:
    fired, rows = torch.empty_like(values), channels.rows(constants, steps)
    native.call("spikes_forward", values, rows, fired, rows.shape[1], steps, values.numel() // steps)
    return fired


def _excess(gradient, values, constants, steps, spacing) -> Sequence[Tensor]:
    result, rows = torch.empty_like(values), channels.rows(constants, steps)
    sums = channels.sums(3, rows.shape[1])
    native.call("spikes_backward", native.like(gradient, values), values, rows, spacing, result, sums, rows.shape[1],
                steps, values.numel() // steps)
    return result, channels.folded(sums, values.shape[1])


def _normalised(excess, values, constants):
    rows = channels.rows(constants, 2)
    native.call("normalise_backward", values, rows, excess, rows.shape[1], values.numel())
    return excess
