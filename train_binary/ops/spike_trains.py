"""Spike trains of rate neurons over all ticks, forward and backward."""

# mypy: disable-error-code="no-untyped-def"

from dataclasses import astuple, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from . import channels, native


@dataclass(frozen=True, kw_only=True)
class Dynamics:
    """Dynamics of rate neurons in a tick after V has grown, and the windows of which a spike in each tick is kept.

    Parameters
    ----------
    steps : int
    zero : bool
        A reset makes V zero; else it subtracts the threshold.
    leak : int or None
        V loses ``V / 2**leak`` after each tick.
    whole : bool
        What is lost is rounded down.
    pool : int
        Extent of the windows.
    """

    steps: int
    zero: bool
    leak: int | None
    whole: bool = False
    pool: int = 1


def trains(sums: Tensor, scale: Tensor, shift: Tensor, threshold: Tensor, how: Dynamics) -> Tensor:
    """Spikes of neurons whose V grows by ``sums * scale + shift`` in each tick, pooled.

    The derivative of a spike by ``e = (V - threshold) / threshold`` is taken as ``max(0, 1 - |e|)``; that of a pooled
    one goes to the first spike of its window, or to its first neuron.

    Parameters
    ----------
    sums : float32 Tensor, shape (ticks, batch, channels, height, width)
        Of all ticks, or of one that repeats.
    scale, shift, threshold : Tensor, shape (channels,)
        The threshold is positive and has no derivative.

    Returns
    -------
    float32 Tensor, shape (steps, batch, channels, height / pool, width / pool)
    """
    return _Trains.apply(sums.contiguous(), scale, shift, threshold, how)


def live(sums: Tensor, scale: Tensor, shift: Tensor, threshold: Tensor, how: Dynamics) -> tuple[Tensor, Tensor]:
    """As `trains`, without a derivative; and V after each tick, before it is pooled."""
    grown, rest = _lives(sums, scale, shift, threshold, how)
    return _pooled(grown, threshold, how)[0], rest


def column(values: Tensor) -> Tensor:
    """Numbers of channels, as they meet maps."""
    return values.view(-1, 1, 1)


def moments(sums: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each channel of sums of shape (ticks, batch, channels, height, width); 0 of a single sum."""
    return _Moments.apply(sums)


class _Moments(torch.autograd.Function):
    @staticmethod
    def forward(ctx, sums):
        count, maps = sums[:, :, 0].numel(), sums.flatten(0, 1)
        if channels.innermost(maps):
            total, square = channels.moments(maps)
        elif native.fits(maps := maps.contiguous()):
            totals = torch.zeros(torch.get_num_threads(), 2, maps.shape[1], dtype=torch.float64)
            native.call("map_moments", maps, totals, maps[:, :, 0, 0].numel(), maps.shape[1], maps[0, 0].numel())
            total, square = totals.sum(0)
        else:
            exact = sums.double()
            total, square = exact.sum((0, 1, 3, 4)), exact.square().sum((0, 1, 3, 4))
        ctx.save_for_backward(sums, (total / count).float())
        return (total / count).float(), ((square - total * total / count) / max(1, count - 1)).float()

    @staticmethod
    def backward(ctx, mean_gradient, variance_gradient):
        sums, mean = ctx.saved_tensors
        count = sums[:, :, 0].numel()
        slope = variance_gradient * 2 / max(1, count - 1)
        return torch.addcmul(column(mean_gradient / count - slope * mean), sums, column(slope))


class _Trains(torch.autograd.Function):
    @staticmethod
    @torch.autocast("cpu", enabled=False)
    def forward(ctx, sums, scale, shift, threshold, how):
        ctx.how, ctx.fits = how, native.fits(sums)
        ctx.save_for_backward(sums, scale, shift, threshold)
        return (_forward if ctx.fits else _plain_forward)(sums, scale, shift, threshold, how)

    @staticmethod
    def backward(ctx, gradient):
        sums, scale, shift, threshold = ctx.saved_tensors
        backward = _backward if ctx.fits else _plain_backward
        added = backward(gradient.float().contiguous(), sums, scale, shift, threshold, ctx.how)
        below = added * column(scale) if ctx.needs_input_grad[0] else None
        return below, (added * sums).sum((0, 1, 3, 4)), added.sum((0, 1, 3, 4)), None, None


def _lives(sums, scale, shift, threshold, how) -> tuple[Tensor, Tensor]:
    """V of each tick before the reset, and at its end."""
    grown, rest = [], [torch.zeros_like(sums[0])]
    for tick in range(how.steps):
        grown.append(rest[-1] + (sums[tick if len(sums) > 1 else 0] * column(scale) + column(shift)))
        taken = grown[-1] if how.zero else column(threshold)
        left = grown[-1] - (grown[-1] >= column(threshold)) * taken
        if how.leak is not None:
            part = left * 2.0**-how.leak
            left = left - (torch.floor(part) if how.whole else part)
        rest.append(left)
    return torch.stack(grown), torch.stack(rest[1:])


def _pooled(grown: Tensor, threshold: Tensor, how: Dynamics) -> tuple[Tensor, Tensor | None]:
    spikes = (grown >= column(threshold)).float()
    if how.pool == 1:
        return spikes, None
    pooled, where = F.max_pool2d(spikes.flatten(0, 1), how.pool, return_indices=True)
    return pooled.unflatten(0, spikes.shape[:2]), where


def _plain_forward(sums, scale, shift, threshold, how) -> Tensor:
    return _pooled(_lives(sums, scale, shift, threshold, how)[0], threshold, how)[0]


def _plain_backward(gradient, sums, scale, shift, threshold, how) -> Tensor:
    grown = _lives(sums, scale, shift, threshold, how)[0]
    where = _pooled(grown, threshold, how)[1]
    if where is not None:
        wide = F.max_unpool2d(gradient.flatten(0, 1), where, how.pool, output_size=grown.shape[3:])
        gradient = wide.unflatten(0, grown.shape[:2])
    level, results = column(threshold), []
    part = 0 if how.leak is None else 2.0**-how.leak
    handed = torch.zeros_like(grown[0])
    for tick in reversed(range(how.steps)):
        left = handed - handed * part
        slope = (1 - ((grown[tick] - level) / level).abs()).clamp(min=0)
        taught = (gradient[tick] - left * (grown[tick] if how.zero else level)) * slope / level
        handed = (left - left * (grown[tick] >= level) if how.zero else left) + taught
        results.append(handed)
    if len(sums) > 1:
        return torch.stack(results[::-1])
    total = results[0]
    for more in results[1:]:
        total = total + more
    return total[None]


def _geometry(sums: Tensor, how: Dynamics) -> Tensor:
    """The structure Dynamics of spike_trains.c."""
    ticks, *extents = sums.shape
    steps, zero, leak, whole, pool = astuple(how)
    return torch.tensor([steps, ticks, *extents, pool, zero, -1 if leak is None else leak, whole])


def _constants(scale: Tensor, shift: Tensor, threshold: Tensor) -> Tensor:
    return torch.stack([each.detach().float() for each in (scale, shift, threshold)])


def _forward(sums, scale, shift, threshold, how) -> Tensor:
    _, images, channels, height, width = sums.shape
    spikes = torch.empty(how.steps, images, channels, height // how.pool, width // how.pool)
    scratch = torch.empty(torch.get_num_threads(), how.steps + 1, height, width)
    native.call("trains_forward", _geometry(sums, how), sums, _constants(scale, shift, threshold), spikes, scratch)
    return spikes


def _backward(gradient, sums, scale, shift, threshold, how) -> Tensor:
    added = torch.empty_like(sums)
    scratch = torch.empty(torch.get_num_threads(), how.steps + 3, *sums.shape[3:])
    native.call("trains_backward", _geometry(sums, how), gradient, sums, _constants(scale, shift, threshold), added,
                scratch)
    return added
