"""Recipes of layers: what a network is made of, and the integer layers that it becomes."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from quant.check import integer
from quant.description.layers import (
    MAX_EXTENT,
    MAX_LAYERS,
    MAX_WEIGHTS,
    Conv2d,
    Dense,
    FirstSpikePool,
    Flatten,
    Layer,
    Shape,
)
from quant.description.neurons import SingleSpike
from quant.description.psp import Psp, Ramp
from quant.description.signs import SignTensor

from .check import flag

MAX_CHANNELS = 65536


def _blank(*shape: int) -> SignTensor:
    size = integer("number of weights", math.prod(shape), 1, MAX_WEIGHTS)
    return SignTensor(shape, bytes((size + 7) // 8))


@dataclass(frozen=True, kw_only=True)
class ConvRecipe:
    """Convolution, its neurons, and first-spike pooling of ``pool`` x ``pool`` windows (1: none).

    ``threshold``: whether each "channel" learns its own, or all of the "layer" one. ``feedback``: extent of the kernel,
    an odd number, by which the neurons get the spikes that they gave in the tick before; 0: none. ``shortcut``: around
    how many layers, this one among them, what they take goes to be added to the sums of this one; 0: none.
    """

    kind: ClassVar[str] = "conv2d"
    channels: int
    size: int
    stride: int = 1
    padding: int = 0
    pool: int = 1
    psp: Psp = Ramp()
    threshold: str = "channel"
    feedback: int = 0
    shortcut: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (("channels", 1, MAX_CHANNELS), ("size", 1, MAX_EXTENT), ("stride", 1, 64),
                                ("padding", 0, MAX_EXTENT), ("pool", 1, 64), ("feedback", 0, MAX_EXTENT),
                                ("shortcut", 0, MAX_LAYERS)):
            integer(f"conv2d {name}", getattr(self, name), low, high)
        if self.feedback and not self.feedback % 2:
            raise ValueError(f"conv2d feedback must be an odd number, or 0 for none, not {self.feedback}")
        integer("number of feedback weights", (self.channels * self.feedback)**2, 0, MAX_WEIGHTS)

    def blank(self, shape: Shape) -> tuple[Layer, ...]:
        """The integer layers for an input of ``shape``, all weights -1."""
        conv = Conv2d(weights=_blank(self.channels, shape[0], self.size, self.size), stride=self.stride,
                      padding=self.padding, neurons=SingleSpike(threshold=(0,) * self.channels, psp=self.psp))
        return (conv, FirstSpikePool(size=self.pool)) if self.pool > 1 else (conv,)


@dataclass(frozen=True, kw_only=True)
class DenseRecipe:
    """Every input to each of ``channels`` neurons; ``threshold`` as of ConvRecipe.

    ``feedback``: whether all neurons get the spikes that all of them gave in the tick before.

    The last layer must be one without: it is the readout's, and its outputs share a threshold.
    """

    kind: ClassVar[str] = "dense"
    channels: int
    psp: Psp = Ramp()
    threshold: str = "channel"
    feedback: bool = False

    def __post_init__(self) -> None:
        integer("dense channels", self.channels, 1, MAX_CHANNELS)
        integer("number of feedback weights", self.channels**2 * flag("dense feedback", self.feedback), 0, MAX_WEIGHTS)

    def blank(self, shape: Shape) -> tuple[Layer, ...]:
        """The integer layers for an input of ``shape``, all weights -1."""
        return (Flatten(), Dense(weights=_blank(self.channels, math.prod(shape)),
                                 neurons=SingleSpike(threshold=(0,) * self.channels, psp=self.psp)))


LayerRecipe = ConvRecipe | DenseRecipe
LAYERS: dict[str, Any] = {kind.kind: kind for kind in (ConvRecipe, DenseRecipe)}
