"""Layers that are computed twice: as spiking ones, and as their proxies with rectified sums, for the gradient."""

import torch
import torch.nn.functional as F
from torch import Tensor

from quant.layers import Layer

from .neurons import EPSILON
from .rate import RateConv2d, RateDense, RateNeurons
from .spike_trains import column, moments


class ProxyNeurons(RateNeurons):
    """Rate neurons that share gain and offset with their proxies, whose sums have statistics of their own.

    Parameters as of `rate.RateNeurons`.
    """

    def proxy(self, sums: Tensor) -> Tensor:
        """Normalised sums of the proxies, before they are rectified, shape (batch, channels, height, width)."""
        mean, variance = moments(sums.float()[None])
        scale = self.gain.exp() / torch.sqrt(variance + EPSILON)
        return sums * column(scale) + column(self.offset - mean * scale)


class ProxyConv2d(RateConv2d):
    """As `rate.RateConv2d`, with a proxy."""

    neurons: ProxyNeurons

    def proxy(self, values: Tensor) -> Tensor:
        """What its proxies make of proxies, both of shape (batch, channels, height, width)."""
        sums = F.conv2d(values, self.acting(), stride=self.stride, padding=self.padding)
        rectified = F.relu(self.neurons.proxy(sums))
        return F.max_pool2d(rectified, self.pool) if self.pool > 1 else rectified


class ProxyDense(RateDense):
    """As `rate.RateDense`, with a proxy."""

    neurons: ProxyNeurons

    def proxy(self, values: Tensor) -> Tensor:
        """As `ProxyConv2d.proxy`."""
        return F.relu(self.sums(values))

    def sums(self, values: Tensor) -> Tensor:
        """Before they are rectified."""
        return self.neurons.proxy(F.linear(values.flatten(1), self.acting())[..., None, None])


class Counting(ProxyDense):
    """Outputs that fire at a rate, of which V is given; parameters as of `rate.RateDense`."""

    def live(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and V of shape (steps, batch, channels)."""
        sums = F.linear(signals.flatten(2), self.acting())[..., None, None]
        spikes, potentials = self.neurons.live(sums, self.steps)
        return spikes.flatten(2), potentials.flatten(2)

    def forward(self, signals: Tensor) -> Tensor:
        """V of shape (steps, batch, channels)."""
        return self.live(signals)[1]

    def export(self, threshold: Tensor | None = None) -> tuple[Layer, ...]:
        """The integer layers; the threshold is that of the neurons."""
        return super().export()

