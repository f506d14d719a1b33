"""Single-spike neurons for training: a normalisation that folds into one integer threshold a channel."""

import torch
from torch import Tensor, nn

from .functions import fire
from .spikes import spikes

EPSILON = 1e-3


class SingleSpike(nn.Module):
    """Neurons that fire once, at the first tick with V >= threshold.

    While training, V is normalised by mean and variance of its channel (over ticks, images and positions) and compared
    with the learned ``-offset``; the scale stays positive, so the comparison is V >= mean - offset * deviation. In
    evaluation mode exactly the integer ``threshold()`` of the running statistics is compared, as in hardware.

    Parameters
    ----------
    channels : int
    """

    MOMENTUM = 0.05
    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.offset = nn.Parameter(torch.full((channels,), -0.5))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.momentum = self.MOMENTUM

    def forward(self, potentials: Tensor, steps: int) -> Tensor:
        """Fired-by-tick planes for V of shape (steps * batch, channels, height, width), and of the same shape."""
        if not self.training:
            excess = potentials - self.threshold().view(1, -1, 1, 1)
            return fire(excess.unflatten(0, (steps, -1))).flatten(0, 1)
        fired, mean, variance = spikes(potentials, self.offset, steps, EPSILON)
        self.mean.lerp_(mean, self.momentum)
        self.variance.lerp_(variance, self.momentum)
        return fired

    def threshold(self) -> Tensor:
        """Smallest integer V that fires, float32 of shape (channels,)."""
        return torch.ceil(self.bound())

    def bound(self) -> Tensor:
        """The same as a real number."""
        return self.mean - self.offset.detach() * torch.sqrt(self.variance + EPSILON)


class Unrounded(SingleSpike):
    """Neurons behind real weights, whose V is no integer: the threshold is not rounded."""

    def threshold(self) -> Tensor:
        """Smallest V that fires, float32 of shape (channels,)."""
        return self.bound()
