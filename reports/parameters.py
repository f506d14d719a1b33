"""Figures of a network's parameters: weights, thresholds and biases."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from quant import Flatten, Network
from quant.description.layers import Shape, Synaptic
from sim.functional.psp import Array
from sim.layers import integers

from .statistics import DRAWN


@dataclass(frozen=True, kw_only=True, eq=False)
class Weights:
    """Weights of one layer.

    Attributes
    ----------
    fan_in : int
    positive : int64 array (outputs,)
        Number of positive ones among the ``fan_in`` weights of each output.
    values : int8 array (outputs, ...)
        (outputs, channels, k, k) of a convolution; (outputs, channels, height, width) of the layer's input if it is
        dense, whatever was flattened before it.
    """

    layer: str
    fan_in: int
    positive: Array
    values: Array = field(metadata=DRAWN)


@dataclass(frozen=True, kw_only=True, eq=False)
class Thresholds:
    """Firing thresholds and biases of one layer, int64 arrays (outputs,), and the range ``low``..``high`` of V."""

    layer: str
    threshold: Array
    bias: Array
    low: int
    high: int


def weights(network: Network) -> tuple[Weights, ...]:
    """Weights of each layer that has some."""
    found = []
    for name, layer, shape in _synaptic(network):
        values = integers(layer.weights)
        found.append(Weights(layer=name, fan_in=layer.fan_in,
                             positive=(values > 0).reshape(len(values), -1).sum(axis=1),
                             values=values if values.ndim == 4 else values.reshape(-1, *shape)))
    return tuple(found)


def thresholds(network: Network) -> tuple[Thresholds, ...]:
    """Thresholds of each layer with weights."""
    found = []
    for (name, layer, _), input_bound in zip(_synaptic(network), network.input_bounds, strict=True):
        low, high = layer.neurons.potential_range(input_bound, network.steps)
        found.append(Thresholds(layer=name, low=low, high=high, threshold=np.array(layer.neurons.threshold),
                                bias=np.array(layer.neurons.bias)))
    return tuple(found)


def _synaptic(network: Network) -> Iterator[tuple[str, Synaptic, Shape]]:
    """Name of each layer with weights, the layer, and the shape of its input before it was flattened."""
    shape = network.input_shape
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Synaptic):
            yield f"{layer.kind}{index}", layer, shape
        if not isinstance(layer, Flatten):
            shape = network.shapes[index + 1]
