"""Reference simulation of a chain in float64, tick by tick as its layers are defined; it shares no code with lowering.

It stands for sources that bring no framework of their own, as files and plain arrays.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .form import Array, Chain, Flatten, Layer, Neurons, Pool, Scale, Synapses


def run(chain: Chain, inputs: Array) -> list[Array]:
    """Spikes of every layer of neurons, bool, axes (image, tick, neuron).

    Parameters
    ----------
    chain : Chain
    inputs : float array (image, tick, channel, height, width)
    """
    ticks = [_step(layer) for layer in chain.layers]
    kept: list[list[Array]] = [[] for layer in chain.layers if isinstance(layer, Neurons)]
    for tick in range(inputs.shape[1]):
        values, at = inputs[:, tick].astype(np.float64), 0
        for layer, step in zip(chain.layers, ticks, strict=True):
            values = step(values)
            if isinstance(layer, Neurons):
                kept[at].append((values != 0).reshape(len(values), -1))
                at += 1
    return [np.stack(each, axis=1) for each in kept]


def _step(layer: Layer) -> Callable[[Array], Array]:
    """One tick of a layer, from values to values; neurons keep their state in it."""
    if isinstance(layer, Neurons):
        return _Population(layer).step
    if isinstance(layer, Synapses):
        return lambda values: weighted(layer, values)
    if isinstance(layer, Pool):
        return lambda values: _pooled(layer, values)
    if isinstance(layer, Flatten):
        return lambda values: values.reshape(len(values), -1, 1, 1)
    if isinstance(layer, Scale):
        return lambda values: values * layer.factor
    raise TypeError(f"layer must be one of an intermediate form, not {layer!r:.60}")


def weighted(layer: Synapses, values: Array) -> Array:
    """Sums over the weights, and the bias, axes (image, channel, row, column)."""
    if layer.kind == "dense":
        return (values.reshape(len(values), -1) @ layer.weight.T + layer.bias)[:, :, None, None]
    pad = (layer.padding, layer.padding)
    padded = np.pad(values, ((0, 0), (0, 0), pad, pad))
    size = layer.weight.shape[-1]
    fields = sliding_window_view(padded, (size, size), axis=(2, 3))[:, :, ::layer.stride, ::layer.stride]
    axes = "ncyxab,cab->ncyx" if layer.kind == "depthwise_conv2d" else "ncyxab,ocab->noyx"
    weight = layer.weight[:, 0] if layer.kind == "depthwise_conv2d" else layer.weight
    return np.einsum(axes, fields, weight) + layer.bias[None, :, None, None]


def _pooled(layer: Pool, values: Array) -> Array:
    size, (images, channels, height, width) = layer.size, values.shape
    rows, columns = height // size, width // size
    cut = values[:, :, :rows * size, :columns * size].reshape(images, channels, rows, size, columns, size)
    pooled: dict[str, Callable[..., Array]] = {"sum": np.sum, "average": np.mean, "max": np.max}
    return pooled[layer.kind](cut, axis=(3, 5))


class _Population:
    def __init__(self, neurons: Neurons) -> None:
        self.neurons = neurons
        self.threshold = neurons.threshold.reshape(1, -1, 1, 1)
        self.potential: Array | None = None

    def step(self, inputs: Array) -> Array:
        """Spikes of one tick, each of the value of a spike."""
        own = self.neurons
        if self.potential is None:
            self.potential = np.full(inputs.shape, own.rest)
            self.fired = np.zeros(inputs.shape, bool)
        before = self.potential
        grown = before + (1 - own.decay) * (own.rest - before) + own.gain * inputs
        if own.feedback is not None:
            grown = grown + weighted(own.feedback, self.fired.astype(np.float64))
        if own.timing == "late" and own.reset == "subtract":
            grown = grown - np.where(self.fired, self.threshold, 0)
        compared = grown
        if own.timing == "held" and own.reset == "subtract":
            compared = grown - np.where(self._above(before), self.threshold, 0)
        self.fired = self._above(compared)
        self.potential = self._reset(grown)
        return self.fired * own.spike

    def _above(self, potential: Array) -> Array:
        return potential > self.threshold if self.neurons.strict else potential >= self.threshold

    def _reset(self, potential: Array) -> Array:
        own = self.neurons
        if own.reset == "none" or own.timing == "late" and own.reset == "subtract":
            return potential
        return np.where(self.fired, potential - self.threshold if own.reset == "subtract" else own.rest, potential)
