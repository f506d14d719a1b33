"""Layers to stages: the network as the streaming engine sees it, one stage for each layer that computes.

Flatten disappears: values arrive in the order row, column, channel, and the weights after it are permuted to that. A
sum pool disappears too: the weights after it are repeated, one for each input that it adds up.
"""

from dataclasses import dataclass, replace
from functools import lru_cache, singledispatch

from ..description.layers import (
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Feedback,
    FirstSpikePool,
    Flatten,
    Layer,
    Shape,
    Shortcut,
    SumPool,
    Synaptic,
)
from ..description.network import Network
from ..description.signal import Signal
from ..description.spike_coding import Trains
from .stage import Branch, DepthwiseStage, Loop, PoolStage, Stage, SynapticStage


@dataclass(frozen=True, kw_only=True)
class Place:
    """A layer's place in the stream.

    Parameters
    ----------
    name, steps, signal, shape_out, is_input, is_output, input_bound
        As of `SynapticStage`; ``input_bound`` is 0 of a layer without weights.
    shape : (channels, height, width)
        Of the input, as the network counts it.
    arriving : (channels, height, width)
        Of the input, as it arrives: before a sum pool and a Flatten.
    arrival : tuple of int
        Channel of ``shape`` of each channel in order of arrival.
    summed : int
        Values along each axis of ``arriving`` that the layer sees as one, their sum.
    """

    name: str
    steps: int
    signal: Signal
    shape: Shape
    arriving: Shape
    shape_out: Shape
    arrival: tuple[int, ...]
    summed: int
    is_input: bool
    is_output: bool
    input_bound: int


@singledispatch
def lower(layer: Layer, place: Place) -> Stage | Place:
    """The stage that computes ``layer``; or, of a layer that passes on what it gets, the place as it then is.

    Raises
    ------
    TypeError
        The layer is of a kind without a lowering.
    """
    raise TypeError(f"layer must be of a kind with a lowering, not {layer.kind!r}")


@lower.register
def _(layer: Conv2d, place: Place) -> Stage:
    return synaptic_stage(layer, place, size=layer.size, stride=layer.stride, padding=layer.padding)


@lower.register
def _(layer: DepthwiseConv2d, place: Place) -> Stage:
    return synaptic_stage(layer, place, DepthwiseStage, size=layer.size, stride=layer.stride, padding=layer.padding)


@lower.register
def _(layer: Dense, place: Place) -> Stage:
    return synaptic_stage(layer, place)


@lower.register
def _(layer: FirstSpikePool, place: Place) -> Stage:
    return PoolStage(name=place.name, steps=place.steps, signal=place.signal, shape_in=place.arriving,
                     shape_out=place.shape_out, size=layer.size)


@lower.register
def _(layer: SumPool, place: Place) -> Place:
    return replace(place, summed=place.summed * layer.size)


@lower.register
def _(layer: Flatten, place: Place) -> Place:
    _, height, width = place.shape
    pixels = [y // place.summed * width + x // place.summed
              for y in range(height * place.summed) for x in range(width * place.summed)]
    arrival = tuple(channel * height * width + pixel for pixel in pixels for channel in place.arrival)
    return replace(place, arriving=(len(arrival), 1, 1), arrival=arrival, summed=1)


def synaptic_stage(layer: Synaptic, place: Place, kind: type[SynapticStage] = SynapticStage, *, size: int = 1,
                   stride: int = 1, padding: int = 0) -> SynapticStage:
    """The stage of a convolution; of one over a map of one pixel if nothing else is said."""
    summed, steps = place.summed, layer.neurons.gives.planes(place.steps)
    return kind(name=place.name, steps=steps, signal=place.signal, shape_in=place.arriving,
                shape_out=place.shape_out, size=size * summed, stride=stride * summed, padding=padding * summed,
                summed=summed, weights=layer.weights, neurons=layer.neurons, arrival=place.arrival,
                is_input=place.is_input, is_output=place.is_output, input_bound=place.input_bound)


def _loop(stage: SynapticStage, feedback: Feedback) -> Loop:
    size = feedback.weights.shape[-1] if len(feedback.weights.shape) == 4 else 1
    own = SynapticStage(name=f"{stage.name}_feedback", steps=1, signal=Signal(Trains, 1), shape_in=stage.shape_out,
                        shape_out=stage.shape_out, size=size, stride=1, padding=size // 2, summed=1,
                        weights=feedback.weights, neurons=stage.neurons, arrival=tuple(range(stage.shape_out[0])),
                        is_input=False, is_output=False, input_bound=feedback.weights.bound, inside=True)
    return Loop(stage=own, shift=feedback.shift)


def _branch(network: Network, shortcut: Shortcut, between: list["Stage"], source: int) -> Branch:
    """A shortcut around the stages ``between``."""
    _, height, width = between[-1].shape_out
    ahead = 0
    for row in range(height):
        needed = row
        for stage in reversed(between):
            needed = stage.row_needed(needed)
        ahead = max(ahead, needed + 1 - row)
    return Branch(source=source, signal=network.signals[shortcut.source], gains=shortcut.gain, shift=shortcut.shift,
                  pixels=(ahead + 1) * width)


def _without_feedback(network: Network) -> Network:
    layers = [replace(layer, feedback=None) if isinstance(layer, Synaptic) else layer for layer in network.layers]
    return replace(network, layers=tuple(layers))


@lru_cache(maxsize=16)  # a search asks for them with each folding
def stages(network: Network) -> tuple[Stage, ...]:
    """The stages of ``network``, in order; with one tick there are no loops, since the first has no feedback."""
    if network.steps == 1:
        network = _without_feedback(network)
    result: list[Stage] = []
    places: list[int] = []  # of what each stage gives, in the shapes
    shapes, bounds = network.shapes, iter(network.input_bounds)
    arriving, arrival, summed = shapes[0], tuple(range(shapes[0][0])), 1
    for index, (layer, signal) in enumerate(zip(network.layers, network.signals, strict=False)):
        found = lower(layer, Place(
            name=f"{layer.kind}{index}", steps=network.steps, signal=replace(signal, summed=1), shape=shapes[index],
            arriving=arriving, shape_out=shapes[index + 1], arrival=arrival, summed=summed,
            is_input=not result, is_output=index == len(network.layers) - 1,
            input_bound=next(bounds) if isinstance(layer, Synaptic) else 0))
        if isinstance(found, Place):
            arriving, arrival, summed = found.arriving, found.arrival, found.summed
            continue
        if isinstance(layer, Synaptic):
            found = _connected(network, layer, found, result, places)
        result.append(found)
        places.append(index + 1)
        arriving, arrival, summed = shapes[index + 1], tuple(range(shapes[index + 1][0])), 1
    return tuple(result)


def _connected(network: Network, layer: Synaptic, stage: Stage, before: list[Stage], places: list[int]) -> Stage:
    """The stage with the shortcut and the feedback of its layer; those ``before`` that it leads around are marked."""
    assert isinstance(stage, SynapticStage)
    if layer.shortcut is not None:
        source = sum(place <= layer.shortcut.source for place in places)
        before[source:] = [replace(each, inside=True) if isinstance(each, SynapticStage) else each
                           for each in before[source:]]
        return replace(stage, shortcut=_branch(network, layer.shortcut, [*before[source:], stage], source))
    return replace(stage, loop=_loop(stage, layer.feedback)) if layer.feedback is not None else stage


def synaptic(network: Network) -> tuple[SynapticStage, ...]:
    """The stages that have weights, in order, and behind each the stage of its loop: one for each fold."""
    return tuple(part for stage in stages(network) if isinstance(stage, SynapticStage)
                 for part in (stage, *([stage.loop.stage] if stage.loop else [])))
