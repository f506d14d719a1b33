"""Surrogate derivative: fired-by-tick planes, normalised potentials, cross-entropy on the output potentials."""

from dataclasses import dataclass
from typing import ClassVar

from ..layers.single_spike import SingleSpike
from ..model.family import ModelFamily, single_spikes
from .cross_entropy import CrossEntropy
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
    latency: float = 0.0
    spikes: float = 0.0

    @property
    def family(self) -> ModelFamily:
        """Neurons that fire at most once, with a surrogate derivative."""
        return single_spikes(SingleSpike, thresholds=("channel", "layer"), features=frozenset({"frozen", "teaching"}))

    @property
    def rule(self) -> CrossEntropy:
        """Cross-entropy, and a price on spikes."""
        return CrossEntropy(latency=self.latency, spikes=self.spikes)
