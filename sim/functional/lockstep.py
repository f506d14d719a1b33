"""Rate neurons of all layers in lockstep, tick by tick: for more ticks than a spike train of a network can have."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from quant import Network
from quant.description.layers import Synaptic
from quant.description.neurons import Rate
from quant.description.signal import Signal

from .bit_planes import Values
from .layers import outputs, population
from .psp import Array


class _Now:
    """Values that pass between two layers in the tick that is computed, as `Values` of one tick."""

    array: Array

    def __init__(self, signal: Signal) -> None:
        self.signal = signal

    def tick(self, number: int) -> Array:
        """As `Values.tick`."""
        return Values(self.signal, self.array).tick(0)


def stream(network: Network, images: Array, steps: int) -> Iterator[tuple[list[Array], Array]]:
    """Spikes and potentials of a network of rate neurons in each of ``steps`` ticks, which replace its own.

    Parameters
    ----------
    network : Network
        Coding ``direct``, all neurons rate neurons.
    images : uint8 array (n, channels, height, width)
    steps : int
        At least 1.

    Yields
    ------
    list of uint8 arrays (channels, height, width, n)
        The spikes that each layer gives in this tick, and those that a pooling layer passes.
    array (classes, n)
        V of the outputs.

    Raises
    ------
    ValueError
        A neuron is none.
    """
    for index, each in enumerate(network.synaptic):
        if not isinstance(each.neurons, Rate):
            raise ValueError(f"neurons of synaptic layer {index} must be rate neurons, not {each.neurons.kind}")
    values = [_Now(signal) for signal in network.signals]
    values[0].array = np.ascontiguousarray(images.transpose(1, 2, 3, 0))
    populations: dict[int, Iterator[Any]] = {}
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Synaptic):
            source = values[layer.shortcut.source] if layer.shortcut else None
            populations[index] = population(layer, values[index], steps, source)
    for _ in range(steps):
        for index, (layer, (before, after)) in enumerate(zip(network.layers, pairwise(values), strict=True)):
            if index in populations:
                membranes = next(populations[index])
                after.array = membranes.fired.view(np.uint8)
            else:
                after.array = outputs(layer, Values(before.signal, before.array), 1)
        yield [value.array for value in values[1:]], membranes.potential[:, 0, 0]
