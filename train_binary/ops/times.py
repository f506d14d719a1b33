"""Spike times, their closed-form derivative where V is a line between two ticks, and bounds that follow V."""

# mypy: disable-error-code="no-untyped-def"

import torch
from torch import Tensor, nn

from ..layers.neurons import EPSILON, SingleSpike
from .spike_trains import moments


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


class Timed(SingleSpike):
    """Neurons that fire at the first tick with V >= bound, ``mean - offset * deviation`` as in SingleSpike.

    The bound follows V, so that a channel neither stays silent nor fires at once, and its derivative by V says so: what
    raises V everywhere changes no spike.
    """

    def observe(self, potentials: Tensor) -> Tensor:
        """The bound for V of shape (steps * batch, channels, height, width), shape (channels, 1, 1)."""
        mean, variance = moments(potentials[None])
        with torch.no_grad():
            self.mean.lerp_(mean, self.momentum)
            self.variance.lerp_(variance, self.momentum)
        return (mean - self.offset * (variance + EPSILON).sqrt()).view(-1, 1, 1)

    def fire(self, potentials: Tensor, bound: Tensor) -> Tensor:
        """Fired-by-tick planes with the derivative of the method, for V of shape (steps, batch, channels, ...)."""
        raise NotImplementedError

    def forward(self, potentials: Tensor, steps: int) -> Tensor:
        """Planes for V, as SingleSpike."""
        if not self.training:
            return super().forward(potentials, steps)
        potentials = potentials.float()
        return self.fire(potentials.unflatten(0, (steps, -1)), self.observe(potentials)).flatten(0, 1)


class ExactNeurons(Timed):
    """Neurons that learn by the derivative of their spike time; ``floor`` and ``revive`` as in `crossing`."""

    def __init__(self, channels: int, floor: float, revive: float) -> None:
        super().__init__(channels)
        self.floor, self.revive = floor, revive

    def fire(self, potentials: Tensor, bound: Tensor) -> Tensor:
        """As `crossing`."""
        return crossing(potentials, bound, self.floor, self.revive)


class OutputTimes(nn.Module):
    """Real-valued spike times of the outputs: where the line from V(t - 1) to V(t) meets the bound that all share.

    An output that stays silent gets the time at which its V would meet the bound if it went on to rise by the mean
    slope. The derivative of a time by V is -1/S, the derivative by the bound 1/S, where S is the slope, at least
    ``floor`` mean slopes.
    """

    def __init__(self, floor: float) -> None:
        super().__init__()
        self.neurons = Timed(1)
        self.floor = floor

    def forward(self, potentials: Tensor) -> Tensor:
        """Times of shape (batch, classes), for V of shape (steps, batch, classes)."""
        steps = len(potentials)
        bound = self.neurons.observe(potentials.flatten(0, 1)[:, None, None]).view(())
        with torch.no_grad():
            tick = (steps - first_tick(potentials, bound)[0].sum(0)).long()
            typical = slope(potentials).abs().mean().clamp(min=1)
            last = tick.clamp(max=steps - 1)[None]
            rise = torch.where(tick < steps, slope(potentials).gather(0, last)[0], typical)
        level = potentials.gather(0, last)[0]
        return last[0] - (level - bound) / torch.maximum(rise, self.floor * typical)
