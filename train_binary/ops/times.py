"""Spike times, and their closed-form derivative where V is a line between two ticks."""

# mypy: disable-error-code="no-untyped-def"

import torch
from torch import Tensor

from .channels import EPSILON


def first_tick(potentials: Tensor, bound: Tensor) -> tuple[Tensor, Tensor]:
    """Fired-by-tick planes, and planes that are 1 in the tick of the spike alone.

    Parameters
    ----------
    potentials : Tensor
        V, shape (steps, ...).
    bound : Tensor
        Broadcast against V; a neuron fires at the first tick with V >= bound.
    """
    fired = (potentials >= bound).to(potentials.dtype)
    for tick in range(1, len(fired)):
        torch.maximum(fired[tick - 1], fired[tick], out=fired[tick])
    first = fired.clone()
    first[1:] -= fired[:-1]
    return fired, first


def slope(potentials: Tensor) -> Tensor:
    """V(t) - V(t - 1), with V(-1) = 0, for V of shape (steps, ...): the slope of the line that ends at each tick."""
    return torch.diff(potentials, dim=0, prepend=torch.zeros_like(potentials[:1]))


class _Crossing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, potentials, bound, floor, revive):
        fired, first = first_tick(potentials, bound)
        ctx.save_for_backward(potentials, bound, fired, first)
        ctx.floor, ctx.revive = floor, revive
        return fired.clone()

    @staticmethod
    def backward(ctx, gradient):
        potentials, bound, fired, first = ctx.saved_tensors
        rise = slope(potentials)
        typical = rise.abs().mean().clamp(min=EPSILON)
        result = gradient * first / rise.clamp(min=(ctx.floor * typical).clamp(min=1))
        if ctx.revive:
            distance = (bound - potentials[-1]) / (ctx.revive * typical)
            result[-1] += (1 - fired[-1]) * gradient[-1] / typical / (1 + distance).square()
        axes = [axis for axis in range(result.dim()) if axis != 2]
        return result, -result.sum(axes).view_as(bound), None, None


def crossing(potentials: Tensor, bound: Tensor, floor: float, revive: float) -> Tensor:
    """Fired-by-tick planes whose derivative is that of the spike time itself.

    The gradient that reaches a plane at the tick of its spike is minus the gradient of the spike time: one tick later
    takes just this plane away. At the crossing V is a line of slope S = V(t) - V(t - 1), so dt/dV = -1/S and
    dt/dbound = 1/S.

    Parameters
    ----------
    potentials : integers as float, shape (steps, batch, channels, height, width)
    bound : float, shape (channels, 1, 1)
    floor : float
        A slope below this many mean slopes, or below 1, counts as that.
    revive : float
        If not 0, silent neurons learn as if they fired in the last tick, the less the further V ends below the bound,
        measured in ``revive`` mean slopes.
    """
    return _Crossing.apply(potentials, bound, floor, revive)
