"""Clipped rectified sums, whose values are the spike times of latency neurons."""

from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from ..layers.heads import LogLikelihood
from ..layers.phase import LatencyNeurons
from ..model.family import ModelFamily
from ..model.signals import Latencies
from .phase import Phase


@dataclass(frozen=True, kw_only=True)
class Latency(Phase):
    """As `Phase`, of latency neurons (`quant.Latency`): a number is the ticks that are left when a neuron fires.

    The recipe's steps are the ticks in which a layer fires, one less than a power of two. `quant.Latency` says whose
    idea such neurons are; this training is the project's. Parameters as of `Phase`.
    """

    kind: ClassVar[str] = "latency"
    title: ClassVar[str] = "clipped rectified sums for latency neurons"

    @property
    def family(self) -> ModelFamily:
        """Latency neurons, and outputs that only add up."""
        return replace(super().family, signals=Latencies(),
                       neurons=partial(LatencyNeurons, fraction=self.fraction, rounds=self.rounds),
                       head=lambda steps, fan_in: LogLikelihood(steps * (steps + 1) // 2, fan_in))
