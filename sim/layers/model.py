"""Models of a kind of layers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant.description.weights import Weights
from quant.kinds import Kinds

from ..functional.bit_planes import Values
from ..functional.psp import Array
from ..neurons import Spikes

Place = tuple[int, int, int]
"""Channel, y and x."""
Map = Mapping[Place, Spikes]
"""Spikes at each place."""


@dataclass(frozen=True)
class LayerModel:
    """Models of a kind of layers without weights, which share no code.

    Parameters
    ----------
    values : callable
        Functional model: description and values of the input to the array of values of the output.
    definition : callable
        Of the oracle: description, places of the output in order, map of the input, and whether what is in it spikes
        once at most, to the spikes at each place.
    """

    values: Callable[[Any, Values], Array]
    definition: Callable[[Any, Sequence[Place], Map, bool], list[Spikes]]


@dataclass(frozen=True)
class SynapticModel:
    """Models of a kind of layers with weights, which share no code.

    Parameters
    ----------
    sums : callable
        Functional model: description and floating-point type to a function from what each input gives in a tick,
        axes (channel, y, x, image), to n(t), of the same axes.
    synapses : callable
        Of the oracle: description, place of a neuron, map of the input, and ticks, to the weight and the input of each
        of its synapses.
    """

    sums: Callable[[Any, type], Callable[[Array], Array]]
    synapses: Callable[[Any, Place, Map, int], Iterator[tuple[int, Spikes]]]


LAYERS: Kinds[LayerModel] = Kinds("layers with models")
SYNAPTIC: Kinds[SynapticModel] = Kinds("layers of neurons with models")


def integers(weights: Weights) -> Array:
    """Weights as an int8 array."""
    packed = np.frombuffer(weights.packed, np.uint8)
    bits = np.unpackbits(packed, count=weights.width * weights.size, bitorder="little").reshape(weights.width, -1)
    places = np.array(weights.places, np.int16)
    return (places @ bits + weights.offset).astype(np.int8).reshape(weights.shape)


def rows(weights: Weights, dtype: type) -> Array:
    """Weights of each output, shape (outputs, fan_in)."""
    return integers(weights).reshape(weights.shape[0], -1).astype(dtype)
