"""An ordinary network, to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from quant.description.layers import Shape

from ..layers.ann import PIXEL, AnnConv2d, AnnDense, Logits
from .surrogate import Surrogate

if TYPE_CHECKING:
    from ..model.model import Model


@dataclass(frozen=True, kw_only=True)
class Ann(Surrogate):
    """Rectified sums with real weights and batch normalisation, by cross-entropy: a teacher, and no spiking network."""

    kind: ClassVar[str] = "ann"
    title: ClassVar[str] = "ordinary network"
    weights: ClassVar[tuple[str, ...]] = ("real",)
    thresholds: ClassVar[tuple[str, ...]] = ("channel",)
    readouts: ClassVar[tuple[str, ...]] = ("potential",)
    kernels: ClassVar[bool] = False
    freezable: ClassVar[bool] = False
    unread: ClassVar[tuple[str, ...]] = ("latency", "spikes")
    layers: ClassVar[dict[str, Any]] = {"conv2d": AnnConv2d, "dense": AnnDense}

    def output(self, inputs: Shape, steps: int, **fields: Any) -> nn.Module:
        """Logits."""
        return Logits(inputs, steps, **fields)

    def head(self, steps: int, fan_in: int) -> nn.Module:
        """Logits as they are."""
        return nn.Identity()

    def signals(self, images: Tensor, steps: int) -> Tensor:
        """Pixels in 0..1, shape (batch, channels, height, width)."""
        return images.float() / PIXEL

    def ticks(self, signals: Tensor, steps: int) -> Tensor:
        """As if of one tick."""
        return signals[None]

    def count(self, signals: Tensor, steps: int) -> Tensor:
        """Nothing spikes."""
        return torch.zeros(())

    def finish(self, model: Model, images: Tensor, labels: Tensor) -> None:
        """Nothing is left to do."""
