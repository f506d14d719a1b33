"""Rate neurons with direct coding, trained through time by a surrogate derivative."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from quant.check import integer, member
from quant.description.neurons import RESETS

from ..layers.rate import Integrator, RateConv2d, RateDense, RateNeurons
from ..model.family import ModelFamily
from ..model.signals import Trains
from .surrogate import Surrogate


@dataclass(frozen=True, kw_only=True)
class RateSurrogate(Surrogate):
    """Backpropagation through all ticks of rate neurons; pixels are a constant current, and outputs only add up.

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
    """

    kind: ClassVar[str] = "rate"
    title: ClassVar[str] = "surrogate gradient through time of rate neurons"
    reset: str = "subtract"
    leak: int = 0
    fraction: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        member("reset", self.reset, RESETS)
        integer("leak", self.leak, 0, 16)
        integer("fraction", self.fraction, 0, 8)

    @property
    def family(self) -> ModelFamily:
        """Rate neurons, and outputs that only add up."""
        neurons = partial(RateNeurons, reset=self.reset, leak=self.leak or None, fraction=self.fraction)
        return ModelFamily(neurons=neurons, layers={"conv2d": RateConv2d, "dense": RateDense}, output=Integrator,
                           signals=Trains(), features=frozenset({"frozen", "teaching"}))
