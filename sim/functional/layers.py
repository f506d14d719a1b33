"""Layers of the functional golden model: values in, values out."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from quant import Conv2d, Dense, FirstSpikePool, Flatten, SumPool
from quant.description.network import input_bound
from quant.description.signs import SignTensor
from quant.description.spike_coding import Binary

from .bit_planes import Values
from .neurons import NEURONS, Membranes, Rate
from .psp import Array


def signs(weights: SignTensor) -> Array:
    """Weights as an int8 array of -1 and +1."""
    bits = np.unpackbits(np.frombuffer(weights.packed, np.uint8), count=weights.size, bitorder="little")
    return (2 * bits.astype(np.int8) - 1).reshape(weights.shape)


def conv2d(layer: Conv2d, values: Values, steps: int, shortcut: Values | None = None) -> Iterator[Membranes]:
    """Neurons of a convolution after each tick."""
    return _population(layer, values, _fields(layer.size, layer.stride, layer.padding), steps, shortcut)


def dense(layer: Dense, values: Values, steps: int, shortcut: Values | None = None) -> Iterator[Membranes]:
    """Neurons of a dense layer after each tick."""
    return _population(layer, values, lambda plane: plane, steps, shortcut)


def first_spike_pool(layer: FirstSpikePool, values: Values, steps: int, shortcut: None) -> Array:
    """The value of each window."""
    return values.pooled(layer.size)


def sum_pool(layer: SumPool, values: Values, steps: int, shortcut: None) -> Array:
    """The values themselves: what reads them adds them up."""
    return values.array


def flatten(layer: Flatten, values: Values, steps: int, shortcut: None) -> Array:
    """All values on the channel axis, those of a sum behind each other."""
    channels, height, width, images = values.array.shape
    size = values.signal.summed
    apart = values.array.reshape(channels, height // size, size, width // size, size, images)
    return apart.transpose(0, 1, 3, 2, 4, 5).reshape(-1, size, size, images)


Fields = Callable[[Array], Array]


def _fields(size: int, stride: int = 1, padding: int = 0) -> Fields:
    """What makes of a plane the receptive fields of a kernel, axes (channel, row, column, y, x, image)."""
    border = (padding, padding)

    def fields(plane: Array) -> Array:
        plane = np.pad(plane, ((0, 0), border, border, (0, 0)))
        windows = sliding_window_view(plane, (size, size), axis=(1, 2))[:, ::stride, ::stride]
        return np.moveaxis(windows, (-2, -1), (1, 2))
    return fields


def _population(layer: Conv2d | Dense, values: Values, fields: Fields, steps: int,
                shortcut: Values | None) -> Iterator[Membranes]:
    """Neurons after each tick; ``fields`` are their receptive fields."""
    inputs = fields(values.tick(0))
    shape = (layer.weights.shape[0], *inputs.shape[-3:])
    largest = input_bound(layer, values.signal, shortcut.signal if shortcut else None)
    neurons = NEURONS[layer.neurons.kind](layer.neurons, largest, steps, shape)
    weights = _rows(layer.weights, neurons.dtype)
    feedback = _feedback(layer, neurons)
    for tick in range(steps):
        if not tick or values.signal.spike_coding is not Binary:  # a number is the same in all ticks
            inputs = fields(values.tick(tick)).astype(neurons.dtype)
            sums = (weights @ inputs.reshape(layer.fan_in, -1)).reshape(shape)
        if shortcut and layer.shortcut:
            neurons.step(sums * 2**layer.shortcut.shift + shortcut.tick(tick) * neurons.column(layer.shortcut.gain))
        else:
            neurons.step(sums + feedback() if feedback and tick else sums)
        yield neurons


def _feedback(layer: Conv2d | Dense, neurons: Rate) -> Callable[[], Array] | None:
    """What the spikes of a layer's neurons in the tick before give them in a tick."""
    if layer.feedback is None:
        return None
    size = layer.feedback.weights.shape[-1] if isinstance(layer, Conv2d) else 1
    fields, weights = _fields(size, padding=size // 2), _rows(layer.feedback.weights, neurons.dtype)
    factor = neurons.dtype(2**layer.feedback.shift)

    def sums() -> Array:
        spikes = fields(neurons.fired.astype(neurons.dtype))
        return (weights @ spikes.reshape(weights.shape[1], -1)).reshape(neurons.output.shape) * factor
    return sums


def _rows(weights: SignTensor, dtype: type) -> Array:
    """Weights of each output, shape (outputs, fan_in)."""
    return signs(weights).reshape(weights.shape[0], -1).astype(dtype)


def _outputs(population: Callable[..., Iterator[Membranes]]) -> Callable[..., Array]:
    """A layer of neurons as a function from values to values."""
    def layer_outputs(layer: Conv2d | Dense, values: Values, steps: int, shortcut: Values | None) -> Array:
        *_, neurons = population(layer, values, steps, shortcut)
        return neurons.output
    return layer_outputs


LAYERS: dict[str, Callable[[Any, Values, int, Any], Array]] = {
    Conv2d.kind: _outputs(conv2d),
    Dense.kind: _outputs(dense),
    FirstSpikePool.kind: first_spike_pool,
    SumPool.kind: sum_pool,
    Flatten.kind: flatten,
}
