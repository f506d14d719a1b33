"""Neurons of the functional golden model: many of one layer at once, tick by tick."""

from typing import Any

import numpy as np

from quant import neurons

from .psp import KERNELS, Array


def accumulator(low: int, high: int) -> type[np.float32] | type[np.float64]:
    """The floating-point type in which all integers of ``low..high`` are exact: matrix products are fast in those."""
    assert max(-low, high) < 2**53
    return np.float32 if max(-low, high) < 2**24 else np.float64


class SingleSpike:
    """Membranes of a layer of `quant.SingleSpike` neurons.

    Parameters
    ----------
    description : quant.SingleSpike
    fan_in, steps : int
    shape : tuple of int
        Extents of the membranes, channels first.

    Attributes
    ----------
    potential : float array of ``shape``
        V after the ticks so far: whole numbers, exact, since ``dtype`` holds the layer's whole potential range.
    times : unsigned array of ``shape``
        Number of ticks so far in which the neuron had not yet fired; after the last tick, its spike time.
    """

    def __init__(self, description: neurons.SingleSpike, fan_in: int, steps: int, shape: tuple[int, ...]) -> None:
        low, high = description.potential_range(fan_in, steps)
        self.dtype = accumulator(low, high + 1)
        self.potential = np.zeros(shape, self.dtype)
        self.times = np.zeros(shape, np.min_scalar_type(steps))
        self._silent = np.ones(shape, bool)
        self._kernel = KERNELS[description.psp.kind](description.psp, self.potential)
        self._bias = self._column(description.bias) if any(description.bias) else None
        self._threshold = self._column(description.effective_threshold(fan_in, steps))

    def step(self, sums: Array) -> None:
        """Pass one tick, in which the inputs' weights add up to ``sums``."""
        self._kernel.add(sums)
        if self._bias is not None:
            self.potential += self._bias
        self._silent &= self.potential < self._threshold
        self.times += self._silent

    def _column(self, values: tuple[int, ...]) -> Array:
        return np.array(values, self.dtype).reshape(-1, *(1,) * (self.potential.ndim - 1))


NEURONS: dict[str, Any] = {neurons.SingleSpike.kind: SingleSpike}
