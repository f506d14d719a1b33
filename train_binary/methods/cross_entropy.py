"""Backpropagation of the cross-entropy of output logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from ..model.network import Model
from .distillation import Teacher
from .learning_rule import LearningRule


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(LearningRule):
    """Backpropagation of the cross-entropy of the logits at the last tick, by the derivatives that neurons bring.

    Parameters
    ----------
    latency : float
        Weight of the mean cross-entropy over all ticks, beside that at the last.
    spikes : float
        Cost of a hidden neuron's spike: this times their mean number a neuron and image, added over the layers.
    """

    features: ClassVar[frozenset[str]] = frozenset({"distillation"})
    latency: float = 0.0
    spikes: float = 0.0

    def cost(self, logits: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy at the last tick plus ``latency`` times its mean over all ticks.

        Parameters
        ----------
        logits : Tensor
            Shape (ticks, batch, classes).
        target : Tensor
            Labels, int64 of shape (batch,); or the probabilities of the classes, shape (batch, classes).
        """
        cost = F.cross_entropy(logits[-1], target)
        if self.latency:
            cost = cost + self.latency * F.cross_entropy(logits.flatten(0, 1), torch.cat([target] * len(logits)))
        return cost

    def penalty(self, model: Model, signals: Sequence[Tensor]) -> Tensor | float:
        """``spikes`` times the number of spikes a neuron, of the signals of hidden layers, their ticks apart."""
        if not self.spikes:
            return 0.0
        form, steps = model.family.signals, model.architecture.steps
        return self.spikes * sum(form.spikes(each, steps) / each[0].numel() for each in signals)

    def step(self, model: Model, optimiser: torch.optim.Optimizer, images: Tensor, labels: Tensor,
             precision: str, teacher: Teacher | None = None) -> tuple[float, int]:
        """Learn from one batch; return its cost and how many images were right before."""
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            signals, potentials = model.trace(images)
            logits = model.head(potentials)
        cost = self.cost(logits, labels)
        if teacher is not None:
            share, heat = teacher.distillation.weight, teacher.distillation.temperature
            cost = (1 - share) * cost + share * heat**2 * self.cost(logits / heat, teacher.opinion(images))
            if model.mixers:
                cost = cost + teacher.distillation.feature_weight * teacher.distance(model.mixers, signals, images)
        cost = cost + self.penalty(model, signals)
        cost.backward()
        optimiser.step()
        model.clip()
        return cost.item(), int((logits.detach()[-1].argmax(1) == labels).sum())
