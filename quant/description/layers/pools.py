"""Pools: the earliest spike of a window, and the sum of one."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ...check import integer
from ..signal import Signal
from .layer import LAYERS, Layer, Shape


@dataclass(frozen=True, kw_only=True)
class FirstSpikePool(Layer):
    """The earliest spike time of each size x size window; of spike trains, a spike in each tick in which any has one.

    Of numbers it is the largest. Windows do not overlap, a remainder is dropped.

    Parameters
    ----------
    size : int
        2..64.
    """

    kind: ClassVar[str] = "first_spike_pool"
    size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", integer("pool size", self.size, 2, 64))

    def output_shape(self, shape: Shape) -> Shape:
        """As of `Layer`."""
        if min(shape[1:]) < self.size:
            raise ValueError(f"pool window must fit the input {shape[1:]}, not extend over {self.size}")
        return (shape[0], shape[1] // self.size, shape[2] // self.size)

    def output_signal(self, signal: Signal, steps: int) -> Signal:
        """As of `Layer`: the same."""
        if signal.summed > 1:
            raise ValueError(f"{self.kind} must look at values, not at sums of them")
        return signal


LAYERS[FirstSpikePool.kind] = FirstSpikePool


@dataclass(frozen=True, kw_only=True)
class SumPool(Layer):
    """The sum of the inputs of each size x size window, in each plane; windows do not overlap and cover the map.

    It passes counts, which the next layer with weights adds up: there each input of a window has the same weight.

    Parameters
    ----------
    size : int
        2..64.
    """

    kind: ClassVar[str] = "sum_pool"
    passes_on: ClassVar[bool] = True
    size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", integer("pool size", self.size, 2, 64))

    def output_shape(self, shape: Shape) -> Shape:
        """As of `Layer`."""
        if shape[1] % self.size or shape[2] % self.size:
            raise ValueError(f"sum pool windows must cover the input {shape[1:]}, not leave a rest of {self.size}")
        return (shape[0], shape[1] // self.size, shape[2] // self.size)

    def output_signal(self, signal: Signal, steps: int) -> Signal:
        """As of `Layer`: more values that are added up."""
        return replace(signal, summed=signal.summed * self.size)


LAYERS[SumPool.kind] = SumPool
