"""The meaning of a network, neuron by neuron and tick by tick, in the plainest Python: what everything else must equal.

It shares no code with the functional golden model, and is far too slow for whole data sets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Ramp
from quant.layers import Layer

Times = dict[tuple[int, int, int], int]
"""Spike time at each (channel, y, x); ``steps`` means never."""


@dataclass(frozen=True)
class Verdict:
    """What a network makes of one image: fields as of `sim.functional.Outcome`, for one image."""

    class_index: int
    tick: int
    potentials: list[int]
    times: list[Times]


def encode(pixel: int, steps: int) -> int:
    """Spike time of an 8-bit pixel."""
    return steps if pixel == 0 else ((255 - pixel) * steps) >> 8


def run(network: Network, image: list[list[list[int]]]) -> Verdict:
    """Classify one image, given as nested lists (channels, height, width) of 8-bit pixels."""
    times = [{(c, y, x): encode(pixel, network.steps)
              for c, plane in enumerate(image) for y, row in enumerate(plane) for x, pixel in enumerate(row)}]
    for layer, shape in zip(network.layers, network.shapes[1:], strict=True):
        places = [(c, y, x) for c in range(shape[0]) for y in range(shape[1]) for x in range(shape[2])]
        if isinstance(layer, FirstSpikePool):
            times.append({place: min(times[-1][at] for at in window(layer, place)) for place in places})
        elif isinstance(layer, Flatten):
            times.append(dict(zip(places, (times[-1][at] for at in sorted(times[-1])), strict=True)))
        else:
            lives = [live(layer, place, times[-1], network.steps) for place in places]
            times.append({place: time for place, (time, _) in zip(places, lives, strict=True)})
    return decide(network, [time for time, _ in lives], [potentials for _, potentials in lives], times)


def window(layer: FirstSpikePool, place: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
    """Places that one place of a pool looks at."""
    channel, y, x = place
    for dy in range(layer.size):
        for dx in range(layer.size):
            yield channel, y * layer.size + dy, x * layer.size + dx


def synapses(layer: Layer, place: tuple[int, int, int], inputs: Times, steps: int) -> Iterator[tuple[int, int]]:
    """Weight and spike time of each synapse of one neuron; beyond the edge nothing ever spikes."""
    channel, y, x = place
    assert isinstance(layer, Conv2d | Dense)
    size, stride, padding = (layer.size, layer.stride, layer.padding) if isinstance(layer, Conv2d) else (1, 1, 0)
    bits = iter(layer.weights.bits()[channel * layer.fan_in:(channel + 1) * layer.fan_in])
    for c in range(layer.weights.shape[1]):
        for dy in range(size):
            for dx in range(size):
                at = (c, y * stride + dy - padding, x * stride + dx - padding)
                yield (1 if next(bits) else -1), inputs.get(at, steps)


def live(layer: Layer, place: tuple[int, int, int], inputs: Times, steps: int) -> tuple[int, list[int]]:
    """Spike time of one neuron, and its potential after every tick."""
    assert isinstance(layer, Conv2d | Dense)
    spikes = list(synapses(layer, place, inputs, steps))
    threshold, bias, psp = layer.neurons.threshold[place[0]], layer.neurons.bias[place[0]], layer.neurons.psp
    time, slope, potential, sums, potentials = steps, 0, 0, [], []
    for tick in range(steps):
        sums.append(sum(weight for weight, at in spikes if at == tick))
        if isinstance(psp, Ramp):
            slope += sums[tick]
            if psp.length is not None and tick >= psp.length:
                slope -= sums[tick - psp.length]
            potential += slope
        else:
            potential += sums[tick]
        potential += bias
        if potential >= threshold and time == steps:
            time = tick
        potentials.append(potential)
    return time, potentials


def decide(network: Network, spikes: list[int], potentials: list[list[int]], times: list[Times]) -> Verdict:
    """Verdict from the spike time, and the potential after every tick, of every output."""
    last = network.steps - 1
    if network.readout == "potential" or min(spikes) == network.steps:
        tick = last if network.readout == "potential" else network.steps
        final = [trace[last] for trace in potentials]
        return Verdict(final.index(max(final)), tick, final, times)
    tick = min(spikes)
    final = [trace[tick] for trace in potentials]
    best = max(v for v, spike in zip(final, spikes, strict=True) if spike == tick)
    winner = next(i for i, v in enumerate(final) if v == best and spikes[i] == tick)
    return Verdict(winner, tick, final, times)
