"""Needs of the tests from a kind of neurons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Signal, Value
from hypothesis.strategies import SearchStrategy

from quant.dataflow import cores
from quant.kinds import Kinds

Life = list[tuple[Value, Value]]
"""After each tick: V, and whether the neuron fires."""
Own = Callable[[tuple[int, ...]], Value]
"""Integers of all channels to that of one neuron."""


@dataclass(frozen=True)
class NeuronTests:
    """Needs of the tests from a kind of neurons.

    Parameters
    ----------
    strategy : callable
        Number of channels, largest ``|n(t)|``, ticks, and a strategy of kernels to a strategy of neurons.
    life : callable
        For proofs: description, n(t) of all ticks, and a function from integers of all channels to that of a neuron,
        to its life, without any state.
    examples : mapping of str to core
        Small cores to be proven, with every edge that a description can have.
    """

    strategy: Callable[[int, int, int, SearchStrategy], SearchStrategy]
    life: Callable[[Any, list[Signal], Own], Life]
    examples: Mapping[str, cores.NeuronCore]


TESTS: Kinds[NeuronTests] = Kinds("neurons with tests")
