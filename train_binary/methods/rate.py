"""Rate neurons with direct coding or spike trains, trained through time by a surrogate derivative."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from quant.check import integer, member
from quant.description.neurons import RESETS

from ..layers.rate import Integrator, RateConv2d, RateDense, RateNeurons
from ..model.family import ModelFamily
from ..model.signals import Events, Planes, Trains
from .surrogate import Surrogate

SIGNALS: Mapping[str, Planes] = {signals.coding: signals for signals in (Trains(), Events())}


@dataclass(frozen=True, kw_only=True)
class RateSurrogate(Surrogate):
    """Backpropagation through all ticks of rate neurons; outputs only add up.

    That is the common way to train such networks (Wu et al., "Spatio-temporal backpropagation for training
    high-performance spiking neural networks", 2018; with the normalisation of all ticks together, Zheng et al., "Going
    deeper with directly-trained larger spiking neural networks", 2021), with signs forward; the equations of
    `rate.RateNeurons` are this project's.

    Parameters
    ----------
    latency, spikes : float
        As of Surrogate; ``spikes`` times the mean number of spikes a neuron and image.
    reset : "subtract" or "zero"
    leak : int
        V loses ``V >> leak`` after each tick; 0: no leak.
    fraction : int
        Bits behind the point of thresholds and currents, 0..8.
    coding : "direct" or "events"
        Pixels are a constant current, or hold spike trains.
    """

    kind: ClassVar[str] = "rate"
    title: ClassVar[str] = "surrogate gradient through time of rate neurons"
    reset: str = "subtract"
    leak: int = 0
    fraction: int = 4
    coding: str = "direct"

    def __post_init__(self) -> None:
        super().__post_init__()
        member("reset", self.reset, RESETS)
        member("coding", self.coding, tuple(SIGNALS))
        integer("leak", self.leak, 0, 16)
        integer("fraction", self.fraction, 0, 8)

    @property
    def family(self) -> ModelFamily:
        """Rate neurons, and outputs that only add up."""
        neurons = partial(RateNeurons, reset=self.reset, leak=self.leak or None, fraction=self.fraction)
        return ModelFamily(neurons=neurons, layers={"conv2d": RateConv2d, "dense": RateDense}, output=Integrator,
                           signals=SIGNALS[self.coding], features=frozenset({"frozen", "teaching"}))
