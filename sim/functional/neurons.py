"""Neurons of the functional golden model: many of one layer at once, tick by tick."""

from typing import Any

import numpy as np

from quant.description import neurons

from .psp import KERNELS, Array


def accumulator(low: int, high: int) -> type[np.float32] | type[np.float64]:
    """The floating-point type in which all integers of ``low..high`` are exact: matrix products are fast in those."""
    assert max(-low, high) < 2**53
    return np.float32 if max(-low, high) < 2**24 else np.float64


class Membranes:
    """Membranes of a layer of neurons.

    Parameters
    ----------
    description : quant.SingleSpike, quant.Rate or quant.Phase
    input_bound : int
        Largest ``|n(t)|``.
    steps : int
    shape : tuple of int
        Extents of the membranes, channels first.

    Attributes
    ----------
    potential : float array of ``shape``
        V after the ticks so far: whole numbers, exact, since ``dtype`` holds the layer's whole potential range.
    output : unsigned array of ``shape``
        What the neurons give, in their code; complete after the last tick.
    """

    output: Array

    def __init__(self, description: neurons.Neurons, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
        low, high = description.potential_range(input_bound, steps)
        self.dtype = accumulator(low, high + 1)
        self.potential = np.zeros(shape, self.dtype)
        self._bias = self.column(description.bias) if any(description.bias) else None
        self._threshold = self.column(description.effective_threshold(input_bound, steps))

    def step(self, sums: Array) -> None:
        """Pass one tick, in which the inputs, times their weights, add up to ``sums``."""
        raise NotImplementedError

    def column(self, values: tuple[int, ...]) -> Array:
        """Numbers of channels, as they meet membranes."""
        return np.array(values, self.dtype).reshape(-1, *(1,) * (self.potential.ndim - 1))


class SingleSpike(Membranes):
    """Of `quant.SingleSpike` neurons; ``output`` counts the ticks so far in which a neuron had not yet fired."""

    def __init__(self, description: neurons.SingleSpike, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
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


class Rate(Membranes):
    """Of `quant.Rate` neurons; bit t of ``output`` is the spike in tick t, and ``fired`` those of the last tick."""

    def __init__(self, description: neurons.Rate, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
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


class Phase(Membranes):
    """Of `quant.Phase` neurons; ``output`` has one more binary digit after each tick."""

    def __init__(self, description: neurons.Phase, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
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


NEURONS: dict[str, type[Any]] = {
    neurons.SingleSpike.kind: SingleSpike, neurons.Rate.kind: Rate, neurons.Phase.kind: Phase}
