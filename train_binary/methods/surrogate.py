"""Surrogate derivative: fired-by-tick planes, normalised potentials, cross-entropy on the output potentials."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from .method import LogLikelihood, Method


@dataclass(frozen=True, kw_only=True)
class Surrogate(Method):
    """Backpropagation through `functions.fire` and through the normalisation of V, which folds into the thresholds.

    The cost knows potentials only; that serves the readout ``first_spike`` too, since all outputs share a threshold.
    """

    kind: ClassVar[str] = "surrogate"
    title: ClassVar[str] = "surrogate gradient on shared-threshold output potentials"

    def head(self, steps: int, fan_in: int) -> nn.Module:
        """Logits at each tick, shape (steps, batch, classes)."""
        return LogLikelihood(steps, fan_in)

    def cost(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Cross-entropy at the last tick plus half its mean over all ticks."""
        every = F.cross_entropy(outputs.flatten(0, 1), labels.repeat(len(outputs)))
        return F.cross_entropy(outputs[-1], labels) + 0.5 * every

    def guess(self, outputs: Tensor) -> Tensor:
        """Largest potential at the last tick."""
        return outputs[-1].argmax(1)
