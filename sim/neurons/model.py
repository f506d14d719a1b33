"""Models of a kind of neurons, and the base of the functional one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant.description.neurons import Neurons
from quant.kinds import Kinds

from ..functional.psp import Array

Spikes = tuple[int, ...]
"""Output of a neuron, or of a pixel, in each tick; a number is given in all."""


def accumulator(low: int, high: int) -> type[np.float32] | type[np.float64]:
    """The floating-point type in which all integers of ``low..high`` are exact: matrix products are fast in those."""
    assert max(-low, high) < 2**53
    return np.float32 if max(-low, high) < 2**24 else np.float64


class Membranes:
    """Functional model of a layer of neurons: many at once, tick by tick.

    Parameters
    ----------
    description : Neurons
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
    fired : bool array of ``shape``
        Spikes of the last tick; of recurrent neurons alone.
    """

    output: Array
    fired: Array

    def __init__(self, description: Neurons, input_bound: int, steps: int, shape: tuple[int, ...]) -> None:
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


@dataclass(frozen=True)
class NeuronModel:
    """Models of a kind of neurons. The functional one shares no code with the other two.

    Parameters
    ----------
    membranes : subclass of Membranes
        Functional model.
    definition : callable
        Of the oracle: description, n(t) of all ticks and channel of a neuron to its spikes, and its V after each tick
        (of neurons that cannot be outputs nothing).
    trace : callable
        Data model: description, n(t) of all ticks and channel of a neuron to an iterator of V after each tick, and
        whether the neuron fires. With feedback n(t) comes from an iterator, which is asked for it when tick t has come.
    """

    membranes: type[Membranes]
    definition: Callable[[Any, list[int], int], tuple[Spikes, list[int]]]
    trace: Callable[[Any, Any, int], Iterator[tuple[int, bool]]]


MODELS: Kinds[NeuronModel] = Kinds("neurons with models")
