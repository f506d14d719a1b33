"""Models of neurons that fire once."""

from collections.abc import Iterator, Sequence

import numpy as np

from quant.description.neurons import SingleSpike
from quant.description.psp import Ramp

from ..functional.psp import KERNELS, Array
from .model import MODELS, Membranes, NeuronModel, Spikes


class SingleSpikeMembranes(Membranes):
    """``output`` counts the ticks so far in which a neuron had not yet fired."""

    def __init__(self, description: SingleSpike, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
        super().__init__(description, input_bound, steps, shape)
        self.output = np.zeros(shape, np.min_scalar_type(steps))
        self._silent = np.ones(shape, bool)
        self._kernel = KERNELS[description.psp.kind](description.psp, self.potential)

    def step(self, sums: Array) -> None:
        """As `Membranes.step`."""
        self._kernel.add(sums)
        if self._bias is not None:
            self.potential += self._bias
        self._silent &= self.potential < self._threshold
        self.output += self._silent


def definition(neurons: SingleSpike, sums: list[int], threshold: int, bias: int) -> tuple[Spikes, list[int]]:
    """As of `NeuronModel`: V at the threshold or above for the first time."""
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


def trace(neurons: SingleSpike, sums: Sequence[int], threshold: int, bias: int) -> Iterator[tuple[int, bool]]:
    """As of `NeuronModel`."""
    psp, slope, potential = neurons.psp, 0, 0
    for tick, n in enumerate(sums):
        if isinstance(psp, Ramp):
            slope += n
            if psp.length is not None and tick >= psp.length:
                slope -= sums[tick - psp.length]
            potential += slope
        else:
            potential += n
        potential += bias
        yield potential, potential >= threshold


MODELS[SingleSpike.kind] = NeuronModel(SingleSpikeMembranes, definition, trace)
