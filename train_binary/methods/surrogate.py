"""Surrogate derivative: fired-by-tick planes, normalised potentials, cross-entropy on the output potentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from .method import Method


@dataclass(frozen=True, kw_only=True)
class Surrogate(Method):
    """Backpropagation through `functions.fire` and through the normalisation of V, which folds into the thresholds.

    The cost knows potentials only; that serves the readout ``first_spike`` too, since all outputs share a threshold.

    Parameters
    ----------
    latency : float
        Weight of the mean cross-entropy over all ticks, beside that at the last: the larger, the earlier the decision,
        and the worse.
    spikes : float
        Cost of a hidden neuron's spike: this times their mean number a neuron and image, added over the layers.
    """

    kind: ClassVar[str] = "surrogate"
    title: ClassVar[str] = "surrogate gradient on shared-threshold output potentials"
    weights: ClassVar[tuple[str, ...]] = ("sign", "real")
    thresholds: ClassVar[tuple[str, ...]] = ("channel", "layer")
    freezable: ClassVar[bool] = True
    teaches: ClassVar[bool] = True
    latency: float = 0.0
    spikes: float = 0.0

    def cost(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy at the last tick plus ``latency`` times its mean over all ticks."""
        every = F.cross_entropy(outputs.flatten(0, 1), torch.cat([target] * len(outputs)))
        return F.cross_entropy(outputs[-1], target) + self.latency * every

    def penalty(self, signals: Sequence[Tensor]) -> Tensor | float:
        """``spikes`` times the number of spikes a neuron, added over the layers."""
        return self.spikes and self.spikes * sum(planes[-1].mean() for planes in signals)
