"""The meaning of a network, neuron by neuron and tick by tick, in the plainest Python: what everything else must equal.

It shares no code with the functional golden model, and is far too slow for whole data sets.
"""

from collections.abc import Callable
from dataclasses import dataclass

from quant import Network
from quant.description.layers import Feedback, Synaptic
from quant.kinds import Kinds

from ..layers import LAYERS, SYNAPTIC, Map, Place
from ..layers.convolution import own, window
from ..neurons import MODELS, Spikes


@dataclass(frozen=True)
class Verdict:
    """Outcome of a network for one image: fields as of `sim.functional.network.Outcome`, for one image."""

    class_index: int
    tick: int
    potentials: list[int]
    maps: list[Map]


def latency(pixel: int, steps: int) -> Spikes:
    """One spike of an 8-bit pixel, the earlier the brighter; none of a black one."""
    time = steps if pixel == 0 else ((255 - pixel) * steps) >> 8
    return tuple(int(tick == time) for tick in range(steps))


CODINGS: Kinds[Callable[[int, int], Spikes]] = Kinds("coding of pixels with a definition")
CODINGS["latency"] = latency
CODINGS["direct"] = lambda pixel, steps: (pixel,) * steps
CODINGS["events"] = lambda pixel, steps: tuple(pixel // 2**tick % 2 for tick in range(steps))
"""By coding: 8-bit pixel and ticks to what it gives in each tick."""


def run(network: Network, image: list[list[list[int]]]) -> Verdict:
    """Classify one image, given as nested lists (channels, height, width) of 8-bit pixels."""
    encode = CODINGS[network.coding]
    maps: list[Map] = [{(c, y, x): encode(pixel, network.steps)
                        for c, plane in enumerate(image) for y, row in enumerate(plane) for x, pixel in enumerate(row)}]
    for layer, shape, signal in zip(network.layers, network.shapes[1:], network.signals, strict=False):
        places = [(c, y, x) for c in range(shape[0]) for y in range(shape[1]) for x in range(shape[2])]
        if isinstance(layer, Synaptic):
            lives = live_all(layer, places, maps, network.steps)
            given = [spikes for spikes, _ in lives]
        else:
            given = LAYERS[layer.kind].definition(layer, places, maps[-1], signal.spike_coding.once)
        maps.append(dict(zip(places, given, strict=True)))
    return decide(network, given, [potentials for _, potentials in lives], maps)


def live_all(layer: Synaptic, places: list[Place], maps: list[Map], steps: int) -> list[tuple[Spikes, list[int]]]:
    """`live` of each neuron of a layer.

    With feedback they live as often as there are ticks, each time with the spikes of the time before: tick t depends on
    spikes of earlier ticks alone, and so is right from the life t + 1 on.
    """
    lives = [live(layer, place, maps, {}, steps) for place in places]
    for _ in range(steps - 1 if layer.feedback is not None else 0):
        fired = {place: spikes for place, (spikes, _) in zip(places, lives, strict=True)}
        lives = [live(layer, place, maps, fired, steps) for place in places]
    return lives


def live(layer: Synaptic, place: Place, maps: list[Map], fired: Map, steps: int) -> tuple[Spikes, list[int]]:
    """Spikes of one neuron, and its potential after every tick, where its layer fired as in ``fired``."""
    taken = list(SYNAPTIC[layer.kind].synapses(layer, place, maps[-1], steps))
    sums = [sum(weight * values[tick] for weight, values in taken) for tick in range(steps)]
    if layer.feedback is not None:
        returned = returns(layer.feedback, place, fired, steps)
        sums = [n + m for n, m in zip(sums, returned, strict=True)]
    if layer.shortcut is not None:
        joined, gain = maps[layer.shortcut.source][place], layer.shortcut.gain[place[0]]
        sums = [2**layer.shortcut.shift * n + gain * value for n, value in zip(sums, joined, strict=True)]
    neurons = layer.neurons
    return MODELS[neurons.kind].definition(neurons, sums, place[0])


def returns(feedback: Feedback, place: Place, fired: Map, steps: int) -> list[int]:
    """Feedback to a neuron in each tick."""
    shape = feedback.weights.shape
    size = shape[3] if len(shape) == 4 else 1
    taken = list(window(own(feedback.weights, place[0]), place, fired, steps, range(shape[1]), size,
                        padding=size // 2))
    return [0] + [2**feedback.shift * sum(weight * spikes[tick] for weight, spikes in taken)
                  for tick in range(steps - 1)]


def decide(network: Network, spikes: list[Spikes], potentials: list[list[int]], maps: list[Map]) -> Verdict:
    """Verdict from the spikes, and the potential after every tick, of every output."""
    last = network.steps - 1
    times = [each.index(1) if any(each) else network.steps for each in spikes]
    tick = min(times) if network.readout == "first_spike" else last
    final = [trace[min(tick, last)] for trace in potentials]
    ranks: list[int] = {"first_spike": [int(time == tick) for time in times], "potential": [0] * len(times),
                        "count": [sum(each) for each in spikes]}[network.readout]
    winner = max(range(len(times)), key=lambda i: (ranks[i], final[i], -i))
    return Verdict(winner, tick, final, maps)
