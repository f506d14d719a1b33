"""Exact derivative of the spike time through the piecewise-linear potential."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from ..ops.times import ExactNeurons, OutputTimes
from .method import Method


@dataclass(frozen=True, kw_only=True)
class Exact(Method):
    """Cross-entropy on output spike times, carried down by `times.crossing`. The equations are this project's own.

    Parameters
    ----------
    sharpness : float
        Log-likelihood of a class is minus this times its spike time in ticks.
    floor, revive : float
        As in `times.crossing`.
    """

    kind: ClassVar[str] = "exact"
    title: ClassVar[str] = "exact derivative of spike times"
    sharpness: float = 1.0
    floor: float = 3.0
    revive: float = 2.0

    def neurons(self, channels: int) -> ExactNeurons:
        """Neurons that learn by spike times."""
        return ExactNeurons(channels, self.floor, self.revive)

    def head(self, steps: int, fan_in: int) -> nn.Module:
        """Spike times of the outputs, shape (batch, classes)."""
        return OutputTimes(self.floor)

    def cost(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy of the classes, the earliest being the likeliest."""
        return F.cross_entropy(-self.sharpness * outputs, labels)

    def guess(self, outputs: Tensor) -> Tensor:
        """Earliest output."""
        return outputs.argmin(1)
