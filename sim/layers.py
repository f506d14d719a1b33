"""Layers of the functional golden model: arrays of spike times in, arrays of spike times out.

Times have the axes (channel, y, x, image), so that the images of a batch lie side by side in memory. Time `steps` means
never.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from quant import Conv2d, Dense, FirstSpikePool, Flatten
from quant.signs import SignTensor

from .neurons import NEURONS, SingleSpike
from .psp import Array


def signs(weights: SignTensor) -> Array:
    """Weights as an int8 array of -1 and +1."""
    bits = np.unpackbits(np.frombuffer(weights.packed, np.uint8), count=weights.size, bitorder="little")
    return (2 * bits.astype(np.int8) - 1).reshape(weights.shape)


def conv2d(layer: Conv2d, times: Array, steps: int) -> Iterator[SingleSpike]:
    """Neurons of a convolution after each tick."""
    border = (layer.padding, layer.padding)
    times = np.pad(times, ((0, 0), border, border, (0, 0)), constant_values=steps)
    windows = sliding_window_view(times, (layer.size, layer.size), axis=(1, 2))[:, ::layer.stride, ::layer.stride]
    return _population(layer, np.moveaxis(windows, (-2, -1), (1, 2)), steps)


def dense(layer: Dense, times: Array, steps: int) -> Iterator[SingleSpike]:
    """Neurons of a dense layer after each tick."""
    return _population(layer, times, steps)


def first_spike_pool(layer: FirstSpikePool, times: Array, steps: int) -> Array:
    """The earliest time of each window."""
    channels, height, width, images = times.shape
    rows, columns, size = height // layer.size, width // layer.size, layer.size
    windows = times[:, :rows * size, :columns * size].reshape(channels, rows, size, columns, size, images)
    return windows.min(axis=(2, 4))


def flatten(layer: Flatten, times: Array, steps: int) -> Array:
    """All times on the channel axis."""
    return times.reshape(-1, 1, 1, times.shape[-1])


def _population(layer: Conv2d | Dense, fields: Array, steps: int) -> Iterator[SingleSpike]:
    """Neurons with the receptive ``fields``, axes (synapse..., y, x, image), after each tick."""
    outputs, places = layer.weights.shape[0], fields.shape[-3:]
    neurons = NEURONS[layer.neurons.kind](layer.neurons, layer.fan_in, steps, (outputs, *places))
    weights = signs(layer.weights).reshape(outputs, -1).astype(neurons.dtype)
    spikes = np.empty(fields.shape, neurons.dtype)
    for tick in range(steps):
        np.equal(fields, tick, out=spikes)
        neurons.step((weights @ spikes.reshape(layer.fan_in, -1)).reshape(outputs, *places))
        yield neurons


def _times(population: Callable[..., Iterator[SingleSpike]]) -> Callable[..., Array]:
    """A layer of neurons as a function from times to times."""
    def layer_times(layer: Conv2d | Dense, times: Array, steps: int) -> Array:
        *_, neurons = population(layer, times, steps)
        return neurons.times
    return layer_times


LAYERS: dict[str, Callable[[Any, Array, int], Array]] = {
    Conv2d.kind: _times(conv2d),
    Dense.kind: _times(dense),
    FirstSpikePool.kind: first_spike_pool,
    Flatten.kind: flatten,
}
