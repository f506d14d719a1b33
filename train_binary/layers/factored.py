"""Neurons of a layer that share one learned threshold."""

import torch
from torch import Tensor, nn

from .single_spike import SingleSpike

BASE = 100.0


class Factored(SingleSpike):
    """Neurons, or outputs, that share one threshold: they fire when V > BASE / factor."""

    factor: Tensor

    def __init__(self, channels: int) -> None:
        nn.Module.__init__(self)
        self.channels = channels
        self.register_buffer("factor", torch.tensor(5.0, dtype=torch.float64))

    def threshold(self) -> Tensor:
        """Smallest integer V that fires, of shape (channels,)."""
        return (torch.floor(BASE / self.factor) + 1).expand(self.channels)

    def forward(self, potentials: Tensor, steps: int) -> Tensor:
        """Fired-by-tick planes for V of shape (steps * batch, channels, 1, 1), and of the same shape."""
        fired = potentials >= self.threshold().view(1, -1, 1, 1)
        return fired.unflatten(0, (steps, -1)).float().cummax(0).values.flatten(0, 1)
