"""Models of convolutions."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from quant.description.layers import Conv2d
from quant.description.weights import Weights

from ..functional.psp import Array
from ..neurons import Spikes
from .model import SYNAPTIC, Map, Place, SynapticModel, rows


def fields(plane: Array, size: int, stride: int = 1, padding: int = 0) -> Array:
    """Receptive fields of a kernel, axes (channel, row, column, y, x, image)."""
    border = (padding, padding)
    plane = np.pad(plane, ((0, 0), border, border, (0, 0)))
    windows = sliding_window_view(plane, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    return np.moveaxis(windows, (-2, -1), (1, 2))


def sums(weights: Weights, dtype: type, stride: int = 1, padding: int = 0) -> Callable[[Array], Array]:
    """A convolution, as `SynapticModel.sums`."""
    matrix, size = rows(weights, dtype), weights.shape[-1]

    def convolved(plane: Array) -> Array:
        windows = fields(plane, size, stride, padding)
        flat: Array = windows.astype(dtype).reshape(matrix.shape[1], -1)
        return (matrix @ flat).reshape(len(matrix), *windows.shape[-3:])
    return convolved


def window(own: list[int], place: Place, inputs: Map, steps: int, channels: range, size: int, stride: int = 1,
           padding: int = 0) -> Iterator[tuple[int, Spikes]]:
    """Weight and input of each synapse of one neuron; beyond the edge nothing ever spikes."""
    _, y, x = place
    weights = iter(own)
    for channel in channels:
        for dy in range(size):
            for dx in range(size):
                at = (channel, y * stride + dy - padding, x * stride + dx - padding)
                yield next(weights), inputs.get(at, (0,) * steps)


def own(weights: Weights, channel: int) -> list[int]:
    """Weights of an output channel."""
    return weights.values()[channel * weights.fan_in:(channel + 1) * weights.fan_in]


def synapses(layer: Conv2d, place: Place, inputs: Map, steps: int) -> Iterator[tuple[int, Spikes]]:
    """As of `SynapticModel`."""
    return window(own(layer.weights, place[0]), place, inputs, steps, range(layer.inputs), layer.size, layer.stride,
                  layer.padding)


SYNAPTIC[Conv2d.kind] = SynapticModel(
    lambda layer, dtype: sums(layer.weights, dtype, layer.stride, layer.padding), synapses)
