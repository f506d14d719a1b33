"""Layers that are computed twice: as spiking ones, and as their proxies, clipped sums, for the gradient."""

import torch
import torch.nn.functional as F
from torch import Tensor

from quant.description.layers import Layer

from ..ops.channels import EPSILON
from ..ops.spike_sums import connect
from ..ops.spike_trains import column, moments
from .rate import RateConv2d, RateDense, RateNeurons


class ProxyNeurons(RateNeurons):
    """Rate neurons that share gain and offset with their proxies, whose sums have statistics of their own.

    Parameters as of `rate.RateNeurons`.
    """

    def proxy(self, sums: Tensor, pool: int = 1) -> Tensor:
        """Normalised sums of the proxies, before they are clipped, shape (batch, channels, height, width), pooled."""
        mean, variance = moments(sums.float()[None])
        scale = self.gain.exp() / torch.sqrt(variance + EPSILON)
        pooled = F.max_pool2d(sums, pool) if pool > 1 else sums  # the largest sum stays the largest
        return pooled * column(scale) + column(self.offset - mean * scale)

    def clipped(self, sums: Tensor, pool: int = 1) -> Tensor:
        """Values of the proxies: normalised sums, clipped to 0 and to the threshold, at which neurons always fire."""
        return self.proxy(sums, pool).clamp(0, self.level)


class ProxyConv2d(RateConv2d):
    """As `rate.RateConv2d`, with a proxy."""

    neurons: ProxyNeurons

    def proxy(self, values: Tensor) -> Tensor:
        """Values of its proxies for those of the layer before, both of shape (batch, channels, height, width)."""
        sums = F.conv2d(values, self.acting(), stride=self.stride, padding=self.padding)
        return self.neurons.clipped(sums, self.pool)


class ProxyDense(RateDense):
    """As `rate.RateDense`, with a proxy."""

    neurons: ProxyNeurons

    def proxy(self, values: Tensor) -> Tensor:
        """As `ProxyConv2d.proxy`."""
        return self.neurons.clipped(self.sums(values))

    def sums(self, values: Tensor) -> Tensor:
        """Before they are normalised."""
        return F.linear(values.flatten(1), self.acting())[..., None, None]


class Counting(ProxyDense):
    """Outputs that fire at a rate, of which V is given; parameters as of `rate.RateDense`."""

    GAIN = 1.0  # logarithm of the largest

    def proxy(self, values: Tensor) -> Tensor:
        """Not clipped, so that outputs that fire too much or too little always have a gradient."""
        return self.neurons.proxy(self.sums(values))

    @torch.no_grad()
    def clip(self) -> None:
        """As `Synaptic.clip`; and gains, which multiply all gradients of the layers before, may not grow for ever."""
        super().clip()
        self.neurons.gain.clamp_(max=self.GAIN)

    def live(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and V of shape (steps, batch, channels)."""
        sums = connect(signals.flatten(2), self.acting(), real=self.real)
        spikes, potentials = self.neurons.live(sums[..., None, None], self.steps)
        return spikes.flatten(2), potentials.flatten(2)

    def forward(self, signals: Tensor) -> Tensor:
        """V of shape (steps, batch, channels)."""
        return self.live(signals)[1]

    def export(self, threshold: Tensor | None = None) -> tuple[Layer, ...]:
        """The integer layers; the threshold is that of the neurons."""
        return super().export()

