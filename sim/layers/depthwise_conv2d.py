"""Models of convolutions of each channel by itself."""

from collections.abc import Callable, Iterator

from quant.description.layers import DepthwiseConv2d

from ..functional.psp import Array
from ..neurons import Spikes
from .convolution import fields, own, window
from .model import SYNAPTIC, Map, Place, SynapticModel, rows


def sums(layer: DepthwiseConv2d, dtype: type) -> Callable[[Array], Array]:
    """As of `SynapticModel`."""
    kernels = rows(layer.weights, dtype)[:, None]

    def convolved(plane: Array) -> Array:
        windows = fields(plane, layer.size, layer.stride, layer.padding)
        flat: Array = windows.astype(dtype).reshape(len(kernels), layer.fan_in, -1)
        return (kernels @ flat).reshape(len(kernels), *windows.shape[-3:])
    return convolved


def synapses(layer: DepthwiseConv2d, place: Place, inputs: Map, steps: int) -> Iterator[tuple[int, Spikes]]:
    """As of `SynapticModel`."""
    channel = place[0]
    return window(own(layer.weights, channel), place, inputs, steps, range(channel, channel + 1), layer.size,
                  layer.stride, layer.padding)


SYNAPTIC[DepthwiseConv2d.kind] = SynapticModel(sums, synapses)
