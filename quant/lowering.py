"""Layers to stages: the network as the streaming engine sees it, one stage for each layer that computes.

Flatten disappears: spike times arrive in the order row, column, channel, and the weights after it are permuted to that.
"""

from dataclasses import dataclass
from functools import cached_property

from .layers import Conv2d, Dense, FirstSpikePool, Flatten, Shape
from .network import Network
from .neurons import Neurons
from .signs import SignTensor


@dataclass(frozen=True, kw_only=True)
class SynapticStage:
    """A convolution over a map; a Dense is one over a map of one pixel with all inputs as channels.

    Parameters
    ----------
    name : str
        Kind of the layer and its position in the network.
    shape_in, shape_out : (channels, height, width)
        Without padding.
    arrival : tuple of int
        Logical input channel of each channel in order of arrival.
    """

    name: str
    steps: int
    shape_in: Shape
    shape_out: Shape
    size: int
    stride: int
    padding: int
    weights: SignTensor
    neurons: Neurons
    arrival: tuple[int, ...]
    is_output: bool

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.size * self.size * self.shape_in[0]

    @cached_property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """Weight bits of each output channel in window order: kernel row, kernel column, channel as it arrives."""
        bits, area = self.weights.bits(), self.size * self.size
        offsets = [channel * area + tap for tap in range(area) for channel in self.arrival]
        return tuple(tuple(bits[out * self.fan_in + offset] for offset in offsets) for out in range(self.shape_out[0]))


@dataclass(frozen=True, kw_only=True)
class PoolStage:
    """First-spike pooling of a map."""

    name: str
    steps: int
    shape_in: Shape
    shape_out: Shape
    size: int


Stage = SynapticStage | PoolStage


def _arrival_after_flatten(shape: Shape, arrival: tuple[int, ...]) -> tuple[int, ...]:
    _, height, width = shape
    return tuple(channel * height * width + pixel for pixel in range(height * width) for channel in arrival)


def _synaptic(layer: Conv2d | Dense, **common: object) -> SynapticStage:
    geometry = ({"size": layer.size, "stride": layer.stride, "padding": layer.padding} if isinstance(layer, Conv2d)
                else {"size": 1, "stride": 1, "padding": 0})
    return SynapticStage(weights=layer.weights, neurons=layer.neurons, **geometry, **common)  # type: ignore[arg-type]


def stages(network: Network) -> tuple[Stage, ...]:
    """The stages of ``network``, in order."""
    result: list[Stage] = []
    shapes = network.shapes
    arrival = tuple(range(network.input_shape[0]))
    for index, layer in enumerate(network.layers):
        common = {"name": f"{layer.kind}{index}", "steps": network.steps,
                  "shape_in": shapes[index], "shape_out": shapes[index + 1]}
        if isinstance(layer, Flatten):
            arrival = _arrival_after_flatten(shapes[index], arrival)
        elif isinstance(layer, FirstSpikePool):
            result.append(PoolStage(size=layer.size, **common))  # type: ignore[arg-type]
        else:
            is_output = index == len(network.layers) - 1
            result.append(_synaptic(layer, arrival=arrival, is_output=is_output, **common))
            arrival = tuple(range(shapes[index + 1][0]))
    return tuple(result)
