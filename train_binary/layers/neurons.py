"""Single-spike neurons for training: a normalisation that folds into one integer threshold a channel."""

import torch
from torch import Tensor, nn

from ..ops.functions import fire
from ..ops.spikes import spikes

EPSILON = 1e-3


class Normalised(nn.Module):
    """Neurons of a layer whose sums are normalised by running statistics of each channel.

    Parameters
    ----------
    channels : int

    Attributes
    ----------
    frozen : bool
        Whether the integers that will be exported are used in training too.
    rounded : bool
        Whether they are integers; behind real weights, whose sums are none, they are not.
    """

    MOMENTUM = 0.05
    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels, self.momentum = channels, self.MOMENTUM
        self.frozen, self.rounded = False, True
        self.observe_anew(channels)

    def observe_anew(self, channels: int) -> None:
        """Start the statistics, of so many channels."""
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))


class SingleSpike(Normalised):
    """Neurons that fire once, at the first tick with V >= threshold.

    While training, V is normalised by mean and variance of its channel (over ticks, images and positions) and compared
    with the learned ``-offset``; the scale stays positive, so the comparison is V >= mean - offset * deviation. In
    evaluation mode exactly the integer ``threshold()`` of the running statistics is compared, as in hardware; and in
    training too if the neurons are ``frozen``, with the derivative of the threshold before it was rounded.

    Parameters
    ----------
    channels : int
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.offset = nn.Parameter(torch.full((channels,), -0.5))

    def share(self) -> None:
        """Let all channels share one threshold, and so mean, variance and offset; they start anew."""
        self.offset = nn.Parameter(torch.full((1,), -0.5))
        self.observe_anew(1)

    def forward(self, potentials: Tensor, steps: int) -> Tensor:
        """Fired-by-tick planes for V of shape (steps * batch, channels, height, width), and of the same shape."""
        if not self.training or self.frozen:
            learned = self.real_threshold()
            threshold = self.threshold() + (learned - learned.detach())
            excess = (potentials - threshold.view(1, -1, 1, 1)) / self.deviation().view(1, -1, 1, 1)
            return fire(excess.unflatten(0, (steps, -1))).flatten(0, 1)
        rows = potentials.permute(0, 2, 3, 1)  # channels last, as they lie in memory; or all values as one channel
        values = rows.reshape(len(rows), -1, 1, len(self.offset)).permute(0, 3, 1, 2)
        fired, mean, variance = spikes(values, self.offset, steps, EPSILON)
        self.mean.lerp_(mean, self.momentum)
        self.variance.lerp_(variance, self.momentum)
        return fired.permute(0, 2, 3, 1).reshape(rows.shape).permute(0, 3, 1, 2)

    def deviation(self) -> Tensor:
        """What a threshold is measured in."""
        return torch.sqrt(self.variance + EPSILON)

    def real_threshold(self) -> Tensor:
        """The threshold before it is rounded, with its derivative; one, or shape (channels,)."""
        return self.mean - self.offset * self.deviation()

    def threshold(self) -> Tensor:
        """Smallest V that fires, float32 of shape (channels,)."""
        learned = self.real_threshold().detach()
        return (torch.ceil(learned) if self.rounded else learned).expand(self.channels)

