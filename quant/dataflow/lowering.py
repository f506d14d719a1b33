"""Layers to stages: the network as the streaming engine sees it, one stage for each layer that computes.

Flatten disappears: values arrive in the order row, column, channel, and the weights after it are permuted to that. A
sum pool disappears too: the weights after it are repeated, one for each input that it adds up.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from ..description.layers import Conv2d, Dense, Feedback, FirstSpikePool, Flatten, Shape, Shortcut, SumPool
from ..description.network import Network, Signal
from ..description.neurons import Neurons
from ..description.signs import SignTensor
from ..description.spike_coding import Trains


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A shortcut, as the stage at its end sees it.

    Parameters
    ----------
    source : int
        Number of stages before its beginning: 0 is the input.
    signal : Signal
        What it brings.
    gains : tuple of int
        One for each output channel of the stage.
    shift : int
        By how much n(t) is shifted before.
    pixels : int
        How far its beginning must be ahead of its end, or the stages between them come to a stop.
    """

    source: int
    signal: Signal
    gains: tuple[int, ...]
    shift: int
    pixels: int


@dataclass(frozen=True, kw_only=True)
class SynapticStage:
    """A convolution over a map; a Dense is one over a map of one pixel with all inputs as channels.

    Parameters
    ----------
    name : str
        Kind of the layer and its position in the network.
    steps : int
        Ticks of its neurons.
    signal : Signal
        What it takes, before a sum pool.
    shape_in, shape_out : (channels, height, width)
        Without padding, and before a sum pool.
    size, stride, padding : int
        In inputs, before a sum pool.
    summed : int
        Inputs along each axis that share a weight.
    arrival : tuple of int
        Logical input channel of each channel in order of arrival.
    input_bound : int
        Largest ``|n(t)|``.
    shortcut : Branch or None
        What is added to n(t).
    loop : Loop or None
        What is added to n(t) in all ticks but the first.
    """

    name: str
    steps: int
    signal: Signal
    shape_in: Shape
    shape_out: Shape
    size: int
    stride: int
    padding: int
    summed: int
    weights: SignTensor
    neurons: Neurons
    arrival: tuple[int, ...]
    is_output: bool
    input_bound: int
    shortcut: Branch | None = None
    loop: "Loop | None" = None

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.size * self.size * self.shape_in[0]

    @cached_property
    def rows(self) -> tuple[tuple[int, ...], ...]:
        """Weight bits of each output channel in window order: kernel row, kernel column, channel as it arrives."""
        bits, summed, side = self.weights.bits(), self.summed, self.size // self.summed
        fan_in = self.weights.size // self.weights.shape[0]
        taps = [y // summed * side + x // summed for y in range(self.size) for x in range(self.size)]
        offsets = [channel * side * side + tap for tap in taps for channel in self.arrival]
        return tuple(tuple(bits[out * fan_in + offset] for offset in offsets) for out in range(self.shape_out[0]))


@dataclass(frozen=True, kw_only=True)
class Loop:
    """The feedback of a stage.

    Parameters
    ----------
    stage : SynapticStage
        A convolution over the map of all spikes of a tick, as the neurons give them, whose sums are m(t).
    shift : int
        n(t) grows by ``m(t) << shift``.
    """

    stage: SynapticStage
    shift: int


@dataclass(frozen=True, kw_only=True)
class PoolStage:
    """First-spike pooling of a map."""

    name: str
    steps: int
    signal: Signal
    shape_in: Shape
    shape_out: Shape
    size: int


Stage = SynapticStage | PoolStage


def _arrival_after_flatten(shape: Shape, arrival: tuple[int, ...], summed: int) -> tuple[int, ...]:
    """For a map of ``shape`` whose pixels arrive ``summed`` times as often along each axis."""
    _, height, width = shape
    pixels = [y // summed * width + x // summed for y in range(height * summed) for x in range(width * summed)]
    return tuple(channel * height * width + pixel for pixel in pixels for channel in arrival)


def _synaptic(layer: Conv2d | Dense, summed: int, **common: object) -> SynapticStage:
    size, stride, padding = (layer.size, layer.stride, layer.padding) if isinstance(layer, Conv2d) else (1, 1, 0)
    return SynapticStage(weights=layer.weights, neurons=layer.neurons, size=size * summed, stride=stride * summed,
                         padding=padding * summed, summed=summed, **common)  # type: ignore[arg-type]


def _loop(stage: SynapticStage, feedback: Feedback) -> Loop:
    size = feedback.weights.shape[-1] if len(feedback.weights.shape) == 4 else 1
    own = replace(stage, name=f"{stage.name}_feedback", steps=1, signal=Signal(Trains, 1), shape_in=stage.shape_out,
                  size=size, stride=1, padding=size // 2, summed=1, weights=feedback.weights,
                  arrival=tuple(range(stage.shape_out[0])), input_bound=feedback.fan_in)
    return Loop(stage=own, shift=feedback.shift)


def _needed(stage: "Stage", row: int) -> int:
    """The last row that a stage must have taken before it gives ``row``, of the rows that it takes."""
    rows = stage.shape_in[1]
    if isinstance(stage, PoolStage):
        return row * stage.size + stage.size - 1
    if row == stage.shape_out[1] - 1:  # a map is let go as a whole
        return rows - 1
    return min(row * stage.stride + max(stage.size, stage.stride) - 1 - stage.padding, rows - 1)


def _branch(network: Network, shortcut: Shortcut, between: list["Stage"], source: int) -> Branch:
    """A shortcut around the stages ``between``."""
    _, height, width = between[-1].shape_out
    ahead = 0
    for row in range(height):
        needed = row
        for stage in reversed(between):
            needed = _needed(stage, needed)
        ahead = max(ahead, needed + 1 - row)
    return Branch(source=source, signal=network.signals[shortcut.source], gains=shortcut.gain, shift=shortcut.shift,
                  pixels=ahead * width)


def _without_feedback(network: Network) -> Network:
    return replace(network, layers=tuple(replace(layer, feedback=None) if isinstance(layer, (Conv2d, Dense)) else layer
                                         for layer in network.layers))


def stages(network: Network) -> tuple[Stage, ...]:
    """The stages of ``network``, in order; with one tick there are no loops, since the first has no feedback."""
    if network.steps == 1:
        network = _without_feedback(network)
    result: list[Stage] = []
    places: list[int] = []  # of what each stage gives, in the shapes
    shapes, drives = network.shapes, iter(network.drives)
    arrival, shape, summed = tuple(range(network.input_shape[0])), network.input_shape, 1
    for index, (layer, signal) in enumerate(zip(network.layers, network.signals, strict=False)):
        common = {"name": f"{layer.kind}{index}", "steps": network.steps, "shape_in": shape,
                  "shape_out": shapes[index + 1], "signal": replace(signal, summed=1)}
        if isinstance(layer, SumPool):
            summed *= layer.size
            continue
        if isinstance(layer, Flatten):
            arrival, summed = _arrival_after_flatten(shapes[index], arrival, summed), 1
            shape = (len(arrival), 1, 1)
            continue
        if isinstance(layer, FirstSpikePool):
            result.append(PoolStage(size=layer.size, **common))  # type: ignore[arg-type]
        else:
            stage = _synaptic(layer, summed, arrival=arrival, is_output=index == len(network.layers) - 1,
                              input_bound=next(drives), **common)
            if layer.shortcut is not None:
                source = sum(place <= layer.shortcut.source for place in places)
                stage = replace(stage, shortcut=_branch(network, layer.shortcut, [*result[source:], stage], source))
            if layer.feedback is not None:
                stage = replace(stage, loop=_loop(stage, layer.feedback))
            result.append(stage)
            arrival, summed = tuple(range(shapes[index + 1][0])), 1
        places.append(index + 1)
        shape = shapes[index + 1]
    return tuple(result)


def synaptic(network: Network) -> tuple[SynapticStage, ...]:
    """The stages that have weights, in order, and behind each the stage of its loop: one for each fold."""
    return tuple(part for stage in stages(network) if isinstance(stage, SynapticStage)
                 for part in (stage, *([stage.loop.stage] if stage.loop else [])))
