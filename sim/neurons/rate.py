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
        self._amount = self.column(description.effective_amount(input_bound, steps))

    def step(self, sums: Array) -> None:
        """As `Membranes.step`."""
        rises = sums * 2**self._description.fraction
        if self._bias is not None:
            rises = rises + self._bias
        if self._description.variant == "held":
            self.fired = self.potential + rises >= self._threshold + (self.potential >= self._threshold) * self._amount
            self.potential += rises
        else:
            self.potential += rises
            self.fired = self.potential >= self._threshold
        self.output |= self.fired.astype(np.uint64) << np.uint64(self._tick)
        self._tick += 1
        if self._description.variant == "leak_first":
            self._leak()
        self.potential -= self.fired * (self._amount if self._description.reset == "subtract" else self.potential)
        if self._description.variant != "leak_first":
            self._leak()

    def _leak(self) -> None:
        if self._description.leak is not None:
            self.potential -= np.floor(self.potential / 2**self._description.leak)


def definition(neurons: Rate, sums: list[int], channel: int) -> tuple[Spikes, list[int]]:
    """As of `NeuronModel`: V is reset after each spike."""
    threshold, bias, amount = neurons.threshold[channel], neurons.bias[channel], neurons.taken[channel]
    potential = 0
    spikes: list[int] = []
    potentials: list[int] = []
    for n in sums:
        held = amount if neurons.variant == "held" and potential >= threshold else 0
        potential += n * 2**neurons.fraction + bias
        spikes.append(int(potential - held >= threshold))
        loss = spikes[-1] * (potential if neurons.reset == "zero" else amount)
        left = potential if neurons.variant == "leak_first" else potential - loss
        potential -= loss + (0 if neurons.leak is None else left // 2**neurons.leak)
        potentials.append(potential)
    return tuple(spikes), potentials


def trace(neurons: Rate, sums: Iterable[int], channel: int) -> Iterator[tuple[int, bool]]:
    """As of `NeuronModel`."""
    threshold, amount = neurons.threshold[channel], neurons.taken[channel]
    potential = 0
    for n in sums:
        reached = potential >= threshold
        potential += (n << neurons.fraction) + neurons.bias[channel]
        fires = potential >= (threshold + amount if neurons.variant == "held" and reached else threshold)
        if neurons.variant == "leak_first":
            potential = _leaked(neurons, potential)
        if fires:
            potential = potential - amount if neurons.reset == "subtract" else 0
        if neurons.variant != "leak_first":
            potential = _leaked(neurons, potential)
        yield potential, fires


def _leaked(neurons: Rate, potential: int) -> int:
    return potential if neurons.leak is None else potential - (potential >> neurons.leak)


MODELS[Rate.kind] = NeuronModel(RateMembranes, definition, trace)
