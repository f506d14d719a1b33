"""Models of neurons that fire the binary digits of a number."""

from collections.abc import Iterator, Sequence

import numpy as np

from quant.description.neurons import Phase

from ..functional.psp import Array
from .model import MODELS, Membranes, NeuronModel, Spikes


class PhaseMembranes(Membranes):
    """``output`` has one more binary digit after each tick."""

    def __init__(self, description: Phase, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
        super().__init__(description, input_bound, steps, shape)
        self.output = np.zeros(shape, np.uint16)
        self._steps, self._tick, self._fraction = steps, 0, description.fraction

    def step(self, sums: Array) -> None:
        """As `Membranes.step`; the sums count in tick 0 alone."""
        if self._tick == 0:
            self.potential += sums * 2**self._fraction
            if self._bias is not None:
                self.potential += self._bias
        self._tick += 1
        level = self._threshold * 2 ** (self._steps - self._tick)
        fired = self.potential >= level
        self.output = self.output << 1 | fired
        self.potential -= fired * level


def definition(neurons: Phase, sums: list[int], channel: int) -> tuple[Spikes, list[int]]:
    """As of `NeuronModel`: how many times V holds the threshold, clipped to the digits that there are."""
    steps = len(sums)
    number = (sums[0] * 2**neurons.fraction + neurons.bias[channel]) // neurons.threshold[channel]
    return (min(max(0, number), 2**steps - 1),) * steps, []


def trace(neurons: Phase, sums: Sequence[int], channel: int) -> Iterator[tuple[int, bool]]:
    """As of `NeuronModel`."""
    potential, threshold = (sums[0] << neurons.fraction) + neurons.bias[channel], neurons.threshold[channel]
    for place in reversed(range(len(sums))):
        fires = potential >= threshold << place
        potential -= fires * threshold << place
        yield potential, fires


MODELS[Phase.kind] = NeuronModel(PhaseMembranes, definition, trace)
