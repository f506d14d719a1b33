"""Rate neurons with direct coding, trained through time by a surrogate derivative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from quant.check import integer, member
from quant.description.layers import Shape
from quant.description.neurons import RESETS
from quant.description.spike_coding import SpikeCoding, Trains

from ..layers.rate import Integrator, RateConv2d, RateDense, RateNeurons
from ..model.evaluation import refresh
from .method import CALIBRATED
from .surrogate import Surrogate

if TYPE_CHECKING:
    from ..model.model import Model


@dataclass(frozen=True, kw_only=True)
class RateSurrogate(Surrogate):
    """Backpropagation through all ticks of rate neurons; pixels are a constant current, and outputs only add up.

    That is the common way to train such networks (Wu et al., "Spatio-temporal backpropagation for training
    high-performance spiking neural networks", 2018; with the normalisation of all ticks together, Zheng et al., "Going
    deeper with directly-trained larger spiking neural networks", 2021), with signs forward; the equations of
    `rate.RateNeurons` are this project's.

    Parameters
    ----------
    latency, spikes : float
        As of Surrogate; ``spikes`` times the mean number of spikes a neuron and image.
    reset : "subtract" or "zero"
    leak : int
        V loses ``V >> leak`` after each tick; 0: no leak.
    fraction : int
        Bits behind the point of thresholds and currents, 0..8.
    """

    kind: ClassVar[str] = "rate"
    title: ClassVar[str] = "surrogate gradient through time of rate neurons"
    thresholds: ClassVar[tuple[str, ...]] = ("channel",)
    readouts: ClassVar[tuple[str, ...]] = ("potential",)
    kernels: ClassVar[bool] = False
    coding: ClassVar[str] = "direct"
    spike_coding: ClassVar[SpikeCoding] = Trains
    layers: ClassVar[dict[str, Any]] = {"conv2d": RateConv2d, "dense": RateDense}
    reset: str = "subtract"
    leak: int = 0
    fraction: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        member("reset", self.reset, RESETS)
        integer("leak", self.leak, 0, 16)
        integer("fraction", self.fraction, 0, 8)

    def neurons(self, channels: int) -> RateNeurons:
        """Neurons of a hidden layer."""
        return RateNeurons(channels, self.reset, self.leak or None, self.fraction)

    def output(self, inputs: Shape, steps: int, **fields: Any) -> nn.Module:
        """Outputs that only add up."""
        return Integrator(inputs, steps, **fields)

    def signals(self, images: Tensor, steps: int) -> Tensor:
        """Pixels as numbers, shape (1, batch, channels, height, width): the same in all ticks."""
        return images.float()[None]

    def ticks(self, signals: Tensor, steps: int) -> Tensor:
        """They are apart already."""
        return signals

    def count(self, signals: Tensor, steps: int) -> Tensor:
        """All spikes of all ticks."""
        return signals.sum()

    def penalty(self, signals: Sequence[Tensor]) -> Tensor | float:
        """``spikes`` times the number of spikes a neuron, added over the layers."""
        return self.spikes and self.spikes * sum(trains.sum(0).mean() for trains in signals)

    def finish(self, model: Model, images: Tensor, labels: Tensor) -> None:
        """Recompute the statistics of the final weights; outputs never fire."""
        refresh(model, images[:CALIBRATED])
        model.threshold.fill_(torch.iinfo(torch.int64).max)
