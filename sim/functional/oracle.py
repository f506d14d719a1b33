"""The meaning of a network, neuron by neuron and tick by tick, in the plainest Python: what everything else must equal.

It shares no code with the functional golden model, and is far too slow for whole data sets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Phase, Ramp, Rate, SingleSpike, SumPool
from quant.description.layers import Layer
from quant.description.signs import SignTensor

Spikes = tuple[int, ...]
"""What a neuron, or a pixel, gives in each tick; a number is given in all."""
Place = tuple[int, int, int]
"""Channel, y and x."""
Map = dict[Place, Spikes]
"""Spikes at each place."""


@dataclass(frozen=True)
class Verdict:
    """What a network makes of one image: fields as of `sim.functional.network.Outcome`, for one image."""

    class_index: int
    tick: int
    potentials: list[int]
    maps: list[Map]


def encode(pixel: int, network: Network) -> Spikes:
    """What an 8-bit pixel gives: itself in every tick, or one spike."""
    if network.coding == "direct":
        return (pixel,) * network.steps
    time = network.steps if pixel == 0 else ((255 - pixel) * network.steps) >> 8
    return tuple(int(tick == time) for tick in range(network.steps))


def run(network: Network, image: list[list[list[int]]]) -> Verdict:
    """Classify one image, given as nested lists (channels, height, width) of 8-bit pixels."""
    maps: list[Map] = [{(c, y, x): encode(pixel, network)
                        for c, plane in enumerate(image) for y, row in enumerate(plane) for x, pixel in enumerate(row)}]
    for index, (layer, shape) in enumerate(zip(network.layers, network.shapes[1:], strict=True)):
        places = [(c, y, x) for c in range(shape[0]) for y in range(shape[1]) for x in range(shape[2])]
        below = maps[-1]
        if isinstance(layer, SumPool):
            maps.append({place: tuple(map(sum, zip(*(below[at] for at in window(layer, place)), strict=True)))
                         for place in places})
        elif isinstance(layer, FirstSpikePool):
            maps.append({place: pooled([below[at] for at in window(layer, place)], single(network, index))
                         for place in places})
        elif isinstance(layer, Flatten):
            maps.append(dict(zip(places, (below[at] for at in sorted(below)), strict=True)))
        else:
            lives = live_all(layer, places, below, maps, network.steps)
            maps.append({place: spikes for place, (spikes, _) in zip(places, lives, strict=True)})
    return decide(network, [spikes for spikes, _ in lives], [potentials for _, potentials in lives], maps)


def single(network: Network, index: int) -> bool:
    """Whether what layer ``index`` takes spikes once at most."""
    before = [layer for layer in network.layers[:index] if isinstance(layer, Conv2d | Dense)]
    return network.coding == "latency" and all(isinstance(layer.neurons, SingleSpike) for layer in before)


def pooled(spikes: list[Spikes], first: bool) -> Spikes:
    """A spike in each tick in which one of several has one, in the first of them alone if ``first``; or the largest."""
    together = tuple(max(now) for now in zip(*spikes, strict=True))
    return tuple(0 if first and any(together[:tick]) else spike for tick, spike in enumerate(together))


def window(layer: FirstSpikePool | SumPool, place: Place) -> Iterator[Place]:
    """Places that one place of a pool looks at."""
    channel, y, x = place
    for dy in range(layer.size):
        for dx in range(layer.size):
            yield channel, y * layer.size + dy, x * layer.size + dx


def synapses(weights: SignTensor, place: Place, inputs: Map, steps: int, *, stride: int = 1,
             padding: int = 0) -> Iterator[tuple[int, Spikes]]:
    """Weight and input of each synapse of one neuron; beyond the edge nothing ever spikes."""
    channel, y, x = place
    size = weights.shape[3] if len(weights.shape) == 4 else 1
    fan_in = weights.shape[1] * size * size
    bits = iter(weights.bits()[channel * fan_in:(channel + 1) * fan_in])
    for c in range(weights.shape[1]):
        for dy in range(size):
            for dx in range(size):
                at = (c, y * stride + dy - padding, x * stride + dx - padding)
                yield (1 if next(bits) else -1), inputs.get(at, (0,) * steps)


def live_all(layer: Layer, places: list[Place], inputs: Map, maps: list[Map],
             steps: int) -> list[tuple[Spikes, list[int]]]:
    """`live` of each neuron of a layer.

    With feedback they live as often as there are ticks, each time with the spikes of the time before: tick t depends on
    spikes of earlier ticks alone, and so is right from the life t + 1 on.
    """
    assert isinstance(layer, Conv2d | Dense)
    lives = [live(layer, place, inputs, maps, {}, steps) for place in places]
    for _ in range(steps - 1 if layer.feedback is not None else 0):
        fired = {place: spikes for place, (spikes, _) in zip(places, lives, strict=True)}
        lives = [live(layer, place, inputs, maps, fired, steps) for place in places]
    return lives


def live(layer: Layer, place: Place, inputs: Map, maps: list[Map], fired: Map,
         steps: int) -> tuple[Spikes, list[int]]:
    """Spikes of one neuron, and its potential after every tick, where its layer fired as in ``fired``."""
    assert isinstance(layer, Conv2d | Dense)
    how = {"stride": layer.stride, "padding": layer.padding} if isinstance(layer, Conv2d) else {}
    taken = list(synapses(layer.weights, place, inputs, steps, **how))
    sums = [sum(weight * values[tick] for weight, values in taken) for tick in range(steps)]
    if layer.feedback is not None:
        weights = layer.feedback.weights
        middle = weights.shape[3] // 2 if isinstance(layer, Conv2d) else 0
        returned = list(synapses(weights, place, fired, steps, padding=middle))
        for tick in range(1, steps):
            sums[tick] += 2**layer.feedback.shift * sum(weight * spikes[tick - 1] for weight, spikes in returned)
    if layer.shortcut is not None:
        joined, gain = maps[layer.shortcut.source][place], layer.shortcut.gain[place[0]]
        sums = [2**layer.shortcut.shift * n + gain * value for n, value in zip(sums, joined, strict=True)]
    neurons = layer.neurons
    threshold, bias = neurons.threshold[place[0]], neurons.bias[place[0]]
    if isinstance(neurons, Rate):
        return live_rate(neurons, sums, threshold, bias)
    if isinstance(neurons, Phase):
        return (min(max(0, (sums[0] * 2**neurons.fraction + bias) // threshold), 2**steps - 1),) * steps, []
    return live_single(neurons, sums, threshold, bias)


def live_rate(neurons: Rate, sums: list[int], threshold: int, bias: int) -> tuple[Spikes, list[int]]:
    """`live` of a neuron that is reset after each spike."""
    potential = 0
    spikes: list[int] = []
    potentials: list[int] = []
    for n in sums:
        potential += n * 2**neurons.fraction + bias
        spikes.append(int(potential >= threshold))
        if spikes[-1]:
            potential = 0 if neurons.reset == "zero" else potential - threshold
        if neurons.leak is not None:
            potential -= potential // 2**neurons.leak
        potentials.append(potential)
    return tuple(spikes), potentials


def live_single(neurons: SingleSpike, sums: list[int], threshold: int, bias: int) -> tuple[Spikes, list[int]]:
    """`live` of a neuron that fires once."""
    psp, slope, potential = neurons.psp, 0, 0
    spikes: list[int] = []
    potentials: list[int] = []
    for tick in range(len(sums)):
        if isinstance(psp, Ramp):
            slope += sums[tick]
            if psp.length is not None and tick >= psp.length:
                slope -= sums[tick - psp.length]
            potential += slope
        else:
            potential += sums[tick]
        potential += bias
        spikes.append(int(potential >= threshold and not any(spikes)))
        potentials.append(potential)
    return tuple(spikes), potentials


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
