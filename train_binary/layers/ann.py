"""Layers of an ordinary network with real weights, for teachers: sums, batch normalisation, rectified."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from quant.description.layers import Shape

PIXEL = 255  # inputs are pixels in units of this


class Rectified(nn.Module):
    """Batch normalisation and rectifier of a layer; it has no neurons of which a count would be kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.normal = nn.BatchNorm2d(channels)

    def forward(self, sums: Tensor) -> Tensor:
        """Activations of the shape of ``sums``, (batch, channels, height, width)."""
        return F.relu(self.normal(sums))


class AnnConv2d(nn.Module):
    """Convolution, normalisation, rectifier, and the maximum of each window if ``pool`` > 1.

    Parameters as of `single_spike.Conv2d`; kernel and ticks are not used.
    """

    def __init__(self, inputs: Shape, steps: int, *, channels: int, size: int, stride: int, padding: int, pool: int,
                 neurons: Callable[[int], nn.Module], **unused: object) -> None:
        super().__init__()
        weight = torch.randn(channels, inputs[0], size, size) * math.sqrt(2 / (inputs[0] * size**2))
        self.weight = nn.Parameter(weight.to(memory_format=torch.channels_last))  # torch is faster so
        self.stride, self.padding, self.pool = stride, padding, pool
        self.neurons = neurons(channels)

    def forward(self, values: Tensor) -> Tensor:
        """(batch, channels, height, width) to (batch, channels', height', width')."""
        values = self.neurons(F.conv2d(values, self.weight, stride=self.stride, padding=self.padding))
        return F.max_pool2d(values, self.pool) if self.pool > 1 else values


class AnnDense(nn.Module):
    """Dense layer, normalisation, rectifier; parameters as of `AnnConv2d`."""

    def __init__(self, inputs: Shape, steps: int, *, channels: int, neurons: Callable[[int], nn.Module],
                 **unused: object) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, math.prod(inputs)) * math.sqrt(2 / math.prod(inputs)))
        self.neurons = neurons(channels)

    def forward(self, values: Tensor) -> Tensor:
        """To a height and width of 1."""
        return self.neurons(F.linear(values.flatten(1), self.weight)[..., None, None])


class Logits(nn.Module):
    """The last layer: logits, shape (1, batch, channels), as if of one tick; parameters as of `single_spike.Linear`."""

    def __init__(self, inputs: Shape, steps: int, *, channels: int, **unused: object) -> None:
        super().__init__()
        self.linear = nn.Linear(math.prod(inputs), channels)

    def forward(self, values: Tensor) -> Tensor:
        """Logits of activations, (batch, channels, height, width)."""
        return self.linear(values.flatten(1))[None]
