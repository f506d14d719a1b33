"""Layers of clipped rectified sums for training, whose values phase neurons and latency neurons fire."""

# mypy: disable-error-code="no-untyped-def"

import math
from dataclasses import replace
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

import quant
from quant.description.layers import Layer, Shape
from quant.description.neurons import Collecting
from quant.description.signal import Signal

from ..ops import clipped_sums
from ..ops.channels import EPSILON
from ..ops.functions import clipped, digits
from ..ops.spike_trains import column
from .rate import Integrator, RateConv2d, RateDense, RateNeurons


class PhaseNeurons(RateNeurons):
    """Neurons as of `quant.Phase`, or of another ``description``.

    While training, n is normalised by mean and variance of its channel (over images and positions), times
    ``exp(gain)``, plus ``offset``, plus what a shortcut brings: that is the number to be given, before it is rounded
    down. In V's own units that is a threshold of ``deviation / exp(gain)`` and a bias of ``offset * threshold - mean``;
    a shortcut counts a threshold for each unit. In evaluation mode exactly these, rounded to multiples of
    ``2**-fraction``, are used, as in hardware.

    Parameters
    ----------
    channels : int
    fraction : int
        As of `quant.Phase`.
    rounds : bool
        Whether numbers are rounded while training; else they are only clipped.
    """

    description: ClassVar[type[Collecting]] = quant.Phase

    def __init__(self, channels: int, fraction: int, rounds: bool) -> None:
        super().__init__(channels, "subtract", None, fraction)
        self.rounds = rounds

    @classmethod
    def largest(cls, steps: int) -> int:
        """The largest number."""
        return Signal.of(cls.description.gives, steps).largest

    def begin(self, steps: int) -> None:
        """Let most numbers be neither zero nor the largest."""
        self.gain.data.fill_(math.log((self.largest(steps) + 1) / 3))
        self.offset.data.fill_(0.5)

    @torch.autocast("cpu", enabled=False)
    def numbers(self, sums: Tensor, steps: int, shortcut: Tensor | None) -> Tensor:
        """0..`largest`, of shape (batch, channels, height, width), for n and a shortcut of this shape.

        They are float32; while training, those of sums of bfloat16 are bfloat16 where compiled functions take these.
        """
        exact, top = not self.training or self.frozen, self.largest(steps)
        if not exact and clipped_sums.fits(sums) and sums[:, 0].numel() > 1:
            found, mean, variance = clipped_sums.normalised(sums, self.gain.exp(), self.offset, shortcut, top,
                                                            self.rounds)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance, self.momentum)
            return found
        n = sums.float()
        if exact or n[:, 0].numel() == 1:  # in float64, where no quotient is rounded up to a whole number
            _, scale, shift, threshold = self._tick(n[None])
            values = (n.double() * column(scale) + column(shift)) / column(threshold)
        else:
            values = F.batch_norm(n, self.mean, self.variance, self.gain.exp(), self.offset, training=True,
                                  momentum=self.momentum, eps=EPSILON)
        if shortcut is not None:
            values = values + shortcut
        return (digits(values, top) if exact or self.rounds else clipped(values, top + 1)).float()

    def export(self) -> Collecting:  # type: ignore[override]
        """The integer neurons."""
        rate = super().export()
        return self.description(threshold=rate.threshold, bias=rate.bias, fraction=self.fraction)


class LatencyNeurons(PhaseNeurons):
    """Neurons as of `quant.Latency`, whose number is the ticks that are left when they fire."""

    description = quant.Latency


class PhaseConv2d(RateConv2d):
    """Convolution, phase neurons, maximum of each window if ``pool`` > 1; parameters as of `rate.RateConv2d`."""

    neurons: PhaseNeurons

    def __init__(self, inputs: Shape, steps: int, **fields: Any) -> None:
        super().__init__(inputs, steps, **fields)
        self.neurons.begin(steps)

    def forward(self, values: Tensor, shortcut: Tensor | None = None) -> Tensor:
        """Numbers (batch, channels, height, width) to numbers (batch, channels', height', width')."""
        sums = F.conv2d(values, self.acting(), stride=self.stride, padding=self.padding)
        sums = sums.contiguous(memory_format=torch.channels_last)  # in which torch convolves fastest, also what follows
        numbers = self.neurons.numbers(sums, self.steps, shortcut)
        return F.max_pool2d(numbers, self.pool) if self.pool > 1 else numbers


def joined(layer: Layer, source: int) -> Layer:
    """An integer layer with a shortcut from place ``source``: a unit of it is worth a threshold."""
    assert isinstance(layer, quant.Conv2d)
    assert isinstance(layer.neurons, Collecting)
    shortcut = quant.Shortcut(source=source, gain=layer.neurons.threshold, shift=layer.neurons.fraction)
    return replace(layer, shortcut=shortcut, neurons=replace(layer.neurons, fraction=0))


class PhaseDense(RateDense):
    """Dense layer with phase neurons; parameters as of `rate.RateDense`."""

    neurons: PhaseNeurons

    def __init__(self, inputs: Shape, steps: int, **fields: Any) -> None:
        super().__init__(inputs, steps, **fields)
        self.neurons.begin(steps)

    def forward(self, values: Tensor) -> Tensor:
        """To a height and width of 1."""
        return self.neurons.numbers(F.linear(values.flatten(1), self.acting())[..., None, None], self.steps, None)


class Sums(Integrator):
    """Outputs that add up the numbers of the last layer in every tick; parameters as of `rate.Integrator`."""

    def forward(self, values: Tensor) -> Tensor:
        """V of shape (steps, batch, channels)."""
        return super().forward(values[None])
