"""Architectures: the layers of a network to be trained, as values, and the integer layers that they become."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from quant.check import flag, integer, integers, member
from quant.description.layers import (
    MAX_EXTENT,
    MAX_LAYERS,
    MAX_WEIGHTS,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    FirstSpikePool,
    Flatten,
    Layer,
    Shape,
    Synaptic,
)
from quant.description.network import READOUTS, Network
from quant.description.neurons import SingleSpike
from quant.description.psp import MAX_STEPS, Psp, Ramp
from quant.description.signs import SignTensor

MAX_CHANNELS = 65536


def _blank(*shape: int) -> SignTensor:
    size = integer("number of weights", math.prod(shape), 1, MAX_WEIGHTS)
    return SignTensor(shape, bytes((size + 7) // 8))


def _pooled(layer: Layer, size: int) -> tuple[Layer, ...]:
    return (layer, FirstSpikePool(size=size)) if size > 1 else (layer,)


_WINDOWS = (("size", 1, MAX_EXTENT), ("stride", 1, 64), ("padding", 0, MAX_EXTENT), ("pool", 1, 64))


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
        for name, low, high in (("channels", 1, MAX_CHANNELS), *_WINDOWS, ("feedback", 0, MAX_EXTENT),
                                ("shortcut", 0, MAX_LAYERS)):
            integer(f"conv2d {name}", getattr(self, name), low, high)
        if self.feedback and not self.feedback % 2:
            raise ValueError(f"conv2d feedback must be an odd number, or 0 for none, not {self.feedback}")
        if self.feedback and self.pool > 1:
            raise ValueError("pool of a layer with feedback must be 1; use a stride")
        integer("number of feedback weights", (self.channels * self.feedback)**2, 0, MAX_WEIGHTS)

    def blank(self, shape: Shape) -> tuple[Layer, ...]:
        """The integer layers for an input of ``shape``, all weights -1."""
        conv = Conv2d(weights=_blank(self.channels, shape[0], self.size, self.size), stride=self.stride,
                      padding=self.padding, neurons=SingleSpike(threshold=(0,) * self.channels, psp=self.psp))
        return _pooled(conv, self.pool)


@dataclass(frozen=True, kw_only=True)
class DepthwiseRecipe:
    """Convolution of each input channel by itself, into as many channels; fields as of ConvRecipe."""

    kind: ClassVar[str] = "depthwise_conv2d"
    size: int
    stride: int = 1
    padding: int = 0
    pool: int = 1
    psp: Psp = Ramp()
    threshold: str = "channel"

    def __post_init__(self) -> None:
        for name, low, high in _WINDOWS:
            integer(f"depthwise_conv2d {name}", getattr(self, name), low, high)

    def blank(self, shape: Shape) -> tuple[Layer, ...]:
        """The integer layers for an input of ``shape``, all weights -1."""
        conv = DepthwiseConv2d(weights=_blank(shape[0], 1, self.size, self.size), stride=self.stride,
                               padding=self.padding, neurons=SingleSpike(threshold=(0,) * shape[0], psp=self.psp))
        return _pooled(conv, self.pool)


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


LayerRecipe = ConvRecipe | DepthwiseRecipe | DenseRecipe
LAYERS: dict[str, Any] = {kind.kind: kind for kind in (ConvRecipe, DepthwiseRecipe, DenseRecipe)}


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """Network to be trained.

    Parameters
    ----------
    input_shape : (channels, height, width)
    steps : int
        Ticks an image.
    layers : ConvRecipe, DepthwiseRecipe and DenseRecipe, the last a DenseRecipe
    readout : "first_spike", "potential" or "count"
        As of `quant.Network`.
    weights : "sign" or "real"
        Real ones make a real-weight baseline, which cannot be exported.
    class_names : tuple of str

    Raises
    ------
    TypeError, ValueError
        That is no network; it is told before memory is taken for its weights.
    """

    input_shape: Shape
    steps: int
    layers: tuple[LayerRecipe, ...]
    readout: str
    weights: str = "sign"
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        member("readout", self.readout, READOUTS)
        integer("steps", self.steps, 1, MAX_STEPS)
        if len(integers("input_shape", self.input_shape, 1, MAX_EXTENT)) != 3:
            raise ValueError(f"input_shape must be (channels, height, width), not {self.input_shape!r}")
        if not self.layers or not isinstance(self.layers[-1], DenseRecipe):
            raise ValueError("the last layer must be a dense one")
        Network(input_shape=self.input_shape, steps=self.steps, readout="potential", class_names=self.class_names,
                layers=self.blank())

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        last = self.layers[-1]
        assert isinstance(last, DenseRecipe)
        return last.channels

    @property
    def channels(self) -> list[int]:
        """Channels that each layer gives."""
        shape, given = self.input_shape, []
        for recipe in self.layers:
            for layer in recipe.blank(shape):
                shape = layer.output_shape(shape)
            given.append(shape[0])
        return given

    @property
    def fan_ins(self) -> list[int]:
        """Synapses of a neuron, layer by layer."""
        return [layer.fan_in for layer in self.blank() if isinstance(layer, Synaptic)]

    def blank(self) -> tuple[Layer, ...]:
        """The integer layers, all weights -1 and without shortcuts; ValueError where one does not fit."""
        shape, layers, taken = self.input_shape, list[Layer](), list[Shape]()
        for index, recipe in enumerate(self.layers):
            taken.append(shape)
            try:
                for layer in recipe.blank(shape):
                    if isinstance(layer, Synaptic):  # and before any pooling
                        _check_shortcut(getattr(recipe, "shortcut", 0), taken, layer.output_shape(shape))
                    shape = layer.output_shape(shape)
                    layers.append(layer)
            except ValueError as error:
                raise ValueError(f"layers[{index}]: {error}") from None
        return tuple(layers)


def _check_shortcut(around: int, taken: Sequence[Shape], shape: Shape) -> None:
    """Refuse a shortcut around so many layers, the last of which sums to ``shape``; ``taken``: what each takes."""
    if around > len(taken) - 1:
        raise ValueError(f"shortcut must go around {len(taken) - 1} layers at most, not {around}: not around the first")
    if around and taken[-around] != shape:
        raise ValueError(f"shortcut must bring the shape {shape} of what is added to it, not {taken[-around]}")
