"""Neurons whose sums are normalised while training, which folds into the integers that are exported."""

import torch
from torch import Tensor, nn


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
