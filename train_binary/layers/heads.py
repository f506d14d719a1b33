"""Heads: logits from the output potentials, for the cost of training."""

import math

import torch
from torch import Tensor, nn

from ..ops.functions import scaled
from .spike_times import OutputTimes


class LogLikelihood(nn.Module):
    """V on the learned scale on which it is a log-likelihood, which begins for V of this size.

    Parameters
    ----------
    steps, fan_in : int
        Of the outputs.
    """

    def __init__(self, steps: int, fan_in: int) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(2 / (steps * math.sqrt(fan_in)))))

    def forward(self, potentials: Tensor) -> Tensor:
        """Logits of the shape of ``potentials``."""
        return scaled(potentials, self.log_scale.exp())


class TimeLikelihood(OutputTimes):
    """Logits that are minus the spike times of the outputs, times ``sharpness``; ``floor`` as of `OutputTimes`."""

    def __init__(self, floor: float, sharpness: float) -> None:
        super().__init__(floor)
        self.sharpness = sharpness

    def forward(self, potentials: Tensor) -> Tensor:
        """Logits of shape (1, batch, classes), as if of one tick, for V of shape (steps, batch, classes)."""
        return (-self.sharpness * super().forward(potentials))[None]
