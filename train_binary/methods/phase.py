"""Clipped rectified sums, whose values phase neurons fire digit by digit."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from quant.check import integer

from ..layers.heads import LogLikelihood
from ..layers.phase import PhaseConv2d, PhaseDense, PhaseNeurons, Sums
from ..model.family import ModelFamily
from ..model.signals import Numbers
from .cross_entropy import CrossEntropy
from .method import Method


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
    fraction: int = 4
    rounds: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        integer("fraction", self.fraction, 0, 8)

    @property
    def family(self) -> ModelFamily:
        """Phase neurons, and outputs that only add up."""
        return ModelFamily(
            neurons=partial(PhaseNeurons, fraction=self.fraction, rounds=self.rounds),
            layers={"conv2d": PhaseConv2d, "dense": PhaseDense}, output=Sums,
            head=lambda steps, fan_in: LogLikelihood(steps << steps - 1, fan_in), signals=Numbers(),
            features=frozenset({"shortcut", "frozen", "teaching"}))

    @property
    def rule(self) -> CrossEntropy:
        """Cross-entropy."""
        return CrossEntropy()
