"""Models of neurons that fire once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from quant.description.neurons import SingleSpike
from quant.description.psp import Ramp, Step
from quant.kinds import Kinds

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


def _step(psp: Step, sums: Sequence[int]) -> Iterator[int]:
    yield from sums


def _ramp(psp: Ramp, sums: Sequence[int]) -> Iterator[int]:
    slope = 0
    for tick, n in enumerate(sums):
        slope += n
        if psp.length is not None and tick >= psp.length:
            slope -= sums[tick - psp.length]
        yield slope


RISES: Kinds[Callable[[Any, Sequence[int]], Iterator[int]]] = Kinds("postsynaptic potentials with a definition")
"""Kernel and n(t) of all ticks to what V rises by in each."""
RISES[Step.kind] = _step
RISES[Ramp.kind] = _ramp


def trace(neurons: SingleSpike, sums: Sequence[int], channel: int) -> Iterator[tuple[int, bool]]:
    """As of `NeuronModel`."""
    potential = 0
    for rise in RISES[neurons.psp.kind](neurons.psp, sums):
        potential += rise + neurons.bias[channel]
        yield potential, potential >= neurons.threshold[channel]


def definition(neurons: SingleSpike, sums: list[int], channel: int) -> tuple[Spikes, list[int]]:
    """As of `NeuronModel`: V at the threshold or above for the first time."""
    spikes: list[int] = []
    potentials: list[int] = []
    for rise in RISES[neurons.psp.kind](neurons.psp, sums):
        potentials.append(sum(potentials[-1:]) + rise + neurons.bias[channel])
        spikes.append(int(potentials[-1] >= neurons.threshold[channel] and not any(spikes)))
    return tuple(spikes), potentials


MODELS[SingleSpike.kind] = NeuronModel(SingleSpikeMembranes, definition, trace)
