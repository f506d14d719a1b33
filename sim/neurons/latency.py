"""Models of neurons that fire once, behind all of their input."""

import numpy as np

from quant.description.neurons import Latency

from ..functional.psp import Array
from .model import MODELS, Membranes, NeuronModel, Spikes
from .phase import trace


class LatencyMembranes(Membranes):
    """``output`` counts the ticks from the spike on: in the end those that were left when it came."""

    def __init__(self, description: Latency, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
        super().__init__(description, input_bound, steps, shape)
        self.output = np.zeros(shape, np.uint8)
        self._steps, self._left, self._fraction = steps, steps, description.fraction

    def step(self, sums: Array) -> None:
        """As `Membranes.step`; the sums count in tick 0 alone."""
        if self._left == self._steps:
            self.potential += sums * 2**self._fraction
            if self._bias is not None:
                self.potential += self._bias
        self.output += self.potential >= self._threshold * self._left
        self._left -= 1


def definition(neurons: Latency, sums: list[int], channel: int) -> tuple[Spikes, list[int]]:
    """As of `NeuronModel`: the ticks that are left at the first at which V is at the threshold, which falls."""
    potential, steps = sums[0] * 2**neurons.fraction + neurons.bias[channel], len(sums)
    for tick in range(steps):
        if potential >= neurons.threshold[channel] * (steps - tick):
            return (steps - tick,) * steps, []
    return (0,) * steps, []


MODELS[Latency.kind] = NeuronModel(LatencyMembranes, definition, trace)
