"""Exact derivative of the spike time through the piecewise-linear potential."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from ..layers.heads import TimeLikelihood
from ..layers.spike_times import ExactNeurons
from ..model.family import ModelFamily, single_spikes
from .cross_entropy import CrossEntropy
from .method import Method


@dataclass(frozen=True, kw_only=True)
class Exact(Method):
    """Cross-entropy on output spike times, carried down by `times.crossing`. The equations are this project's own.

    Parameters
    ----------
    sharpness : float
        Log-likelihood of a class is minus this times its spike time in ticks.
    floor, revive : float
        As in `times.crossing`.
    """

    kind: ClassVar[str] = "exact"
    title: ClassVar[str] = "exact derivative of spike times"
    sharpness: float = 1.0
    floor: float = 3.0
    revive: float = 2.0

    @property
    def family(self) -> ModelFamily:
        """Neurons that learn by their spike times, as the outputs do."""
        return single_spikes(partial(ExactNeurons, floor=self.floor, revive=self.revive),
                             head=lambda steps, fan_in: TimeLikelihood(self.floor, self.sharpness), weights=("sign",))

    @property
    def rule(self) -> CrossEntropy:
        """Cross-entropy of the classes, the earliest being the likeliest."""
        return CrossEntropy()
