"""Clipped rectified sums, whose values phase neurons fire digit by digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from quant.check import integer
from quant.description.layers import Shape
from quant.description.spike_coding import Binary, SpikeCoding

from ..layers.phase import PhaseConv2d, PhaseDense, PhaseNeurons, Sums
from ..model.evaluation import refresh
from .method import CALIBRATED, LogLikelihood, Method

if TYPE_CHECKING:
    from ..model.model import Model


@dataclass(frozen=True, kw_only=True)
class Phase(Method):
    """A network of clipped rectified sums with sign weights, by cross-entropy, that phase neurons compute.

    A number has as many binary digits as the recipe has steps, and phase neurons (`quant.Phase`) fire these. That they
    collect a whole number before they fire is this project's reading of Li, Zhao and Zeng, "BSNN: towards faster and
    better conversion of artificial neural networks to spiking neural networks with bistable neurons" (2022), whose
    equations were not at hand: phase-coded, in the manner of bistable neurons. So is the training; the authors convert
    networks with real weights.

    Parameters
    ----------
    fraction : int
        Bits behind the point of thresholds and biases, 0..8.
    rounds : bool
        Whether numbers are rounded while training; else they are only clipped, and are first rounded by neurons.
    """

    kind: ClassVar[str] = "phase"
    title: ClassVar[str] = "clipped rectified sums for phase neurons"
    weights: ClassVar[tuple[str, ...]] = ("sign", "real")
    freezable: ClassVar[bool] = True
    teaches: ClassVar[bool] = True
    residual: ClassVar[bool] = True
    readouts: ClassVar[tuple[str, ...]] = ("potential",)
    kernels: ClassVar[bool] = False
    coding: ClassVar[str] = "direct"
    spike_coding: ClassVar[SpikeCoding] = Binary
    layers: ClassVar[dict[str, Any]] = {"conv2d": PhaseConv2d, "dense": PhaseDense}
    fraction: int = 4
    rounds: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("fraction", self.fraction, 0, 8)

    def neurons(self, channels: int) -> PhaseNeurons:
        """Neurons of a hidden layer."""
        return PhaseNeurons(channels, self.fraction, self.rounds)

    def output(self, inputs: Shape, steps: int, **fields: Any) -> nn.Module:
        """Outputs that only add up."""
        return Sums(inputs, steps, **fields)

    def signals(self, images: Tensor, steps: int) -> Tensor:
        """Pixels as numbers, shape (batch, channels, height, width)."""
        return images.float()

    def ticks(self, signals: Tensor, steps: int) -> Tensor:
        """As if of one tick."""
        return signals[None]

    def count(self, signals: Tensor, steps: int) -> Tensor:
        """Binary digits that are 1; of numbers that are not rounded, those of the largest ones not above them."""
        numbers = signals.detach().int().movedim(1, -1)  # as they lie in memory
        found = torch.bincount(numbers.flatten(), minlength=2**steps)
        return found @ found.new_tensor([min(number, 2**steps - 1).bit_count() for number in range(len(found))])

    def head(self, steps: int, fan_in: int) -> nn.Module:
        """Logits at each tick, shape (steps, batch, classes)."""
        return LogLikelihood(steps << steps - 1, fan_in)

    def finish(self, model: Model, images: Tensor, labels: Tensor) -> None:
        """Recompute the statistics of the final weights; outputs never fire."""
        refresh(model, images[:CALIBRATED])
        model.threshold.fill_(torch.iinfo(torch.int64).max)
