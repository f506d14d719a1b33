"""Models of neurons that are reset by each spike."""

from collections.abc import Iterable, Iterator

import numpy as np

from quant.description.neurons import Rate

from ..functional.psp import Array
from .model import MODELS, Membranes, NeuronModel, Spikes


class RateMembranes(Membranes):
    """bit t of ``output`` is the spike in tick t, and ``fired`` those of the last tick."""

    def __init__(self, description: Rate, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
        super().__init__(description, input_bound, steps, shape)
        self.output = np.zeros(shape, np.uint64)
        self._description, self._tick = description, 0

    def step(self, sums: Array) -> None:
        """As `Membranes.step`."""
        self.potential += sums * 2**self._description.fraction
        if self._bias is not None:
            self.potential += self._bias
        self.fired = self.potential >= self._threshold
        self.output |= self.fired.astype(np.uint64) << np.uint64(self._tick)
        self._tick += 1
        self.potential -= self.fired * (self._threshold if self._description.reset == "subtract" else self.potential)
        if self._description.leak is not None:
            self.potential -= np.floor(self.potential / 2**self._description.leak)


def definition(neurons: Rate, sums: list[int], threshold: int, bias: int) -> tuple[Spikes, list[int]]:
    """As of `NeuronModel`: V is reset after each spike."""
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


def trace(neurons: Rate, sums: Iterable[int], threshold: int, bias: int) -> Iterator[tuple[int, bool]]:
    """As of `NeuronModel`."""
    potential = 0
    for n in sums:
        potential += (n << neurons.fraction) + bias
        fires = potential >= threshold
        if fires:
            potential = potential - threshold if neurons.reset == "subtract" else 0
        if neurons.leak is not None:
            potential -= potential >> neurons.leak
        yield potential, fires


MODELS[Rate.kind] = NeuronModel(RateMembranes, definition, trace)
