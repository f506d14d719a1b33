"""Neurons and outputs that learn by their spike times, and bounds that follow V."""

import torch
from torch import Tensor, nn

from ..ops.channels import EPSILON
from ..ops.spike_trains import moments
from ..ops.times import crossing, first_tick, slope
from .single_spike import SingleSpike


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
