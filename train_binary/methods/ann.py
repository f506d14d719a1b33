"""Ordinary network, to learn from."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from ..layers.ann import AnnConv2d, AnnDense, Logits, Rectified
from ..model.family import ModelFamily
from ..model.signals import Activations
from .cross_entropy import CrossEntropy
from .method import Method


@dataclass(frozen=True, kw_only=True)
class Ann(Method):
    """Rectified sums with real weights and batch normalisation, by cross-entropy: a teacher, and no spiking network."""

    kind: ClassVar[str] = "ann"
    title: ClassVar[str] = "ordinary network"

    @property
    def family(self) -> ModelFamily:
        """Rectifiers, whose last layer gives logits."""
        return ModelFamily(
            neurons=Rectified, layers={"conv2d": AnnConv2d, "dense": AnnDense}, output=Logits,
            head=lambda steps, fan_in: nn.Identity(), signals=Activations(), weights=("real",),
            features=frozenset({"teaching"}))

    @property
    def rule(self) -> CrossEntropy:
        """Cross-entropy."""
        return CrossEntropy()
