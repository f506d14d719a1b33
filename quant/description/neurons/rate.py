"""Neurons that are reset by each spike, and fire at a rate."""

from dataclasses import dataclass
from typing import ClassVar

from ...check import integer, member
from ..spike_coding import Binary, SpikeCoding, TicksLeft, Times, Trains
from .neurons import NEURONS, Neurons

RESETS = ("subtract", "zero")


@dataclass(frozen=True, kw_only=True)
class Rate(Neurons):
    """Neurons that fire in every tick with V >= threshold, and are then reset.

    In each tick V grows by ``n << fraction``, and by the bias; then it is compared; after a spike it is reset; and last
    it leaks, ``V -= V >> leak``, rounded down. V, threshold and bias so are in units of ``2**-fraction`` of a weight.

    Parameters
    ----------
    threshold : sequence of int
        One for each output channel, 1..2**31 - 1. The comparator is >=.
    bias : sequence of int
        Constant current of each channel, added to V once in every tick. Empty: all zero.
    reset : "subtract" or "zero"
        V -= threshold, or V = 0.
    leak : int or None
        1..16; None: no leak.
    fraction : int
        0..8.

    Raises
    ------
    TypeError, ValueError
        A value is of the wrong type or out of range, or bias and threshold differ in length.
    """

    kind: ClassVar[str] = "rate"
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Times, Trains, Binary, TicksLeft)
    gives: ClassVar[SpikeCoding] = Trains
    readouts: ClassVar[tuple[str, ...]] = ("count", "potential")
    recurrent: ClassVar[bool] = True
    reset: str = "subtract"
    leak: int | None = None
    fraction: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        member("reset", self.reset, RESETS)
        if self.leak is not None:
            object.__setattr__(self, "leak", integer("leak", self.leak, 1, 16))
        object.__setattr__(self, "fraction", integer("fraction", self.fraction, 0, 8))

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V before and after the reset, over all inputs with ``|n(t)| <= input_bound``, channels and ticks.

        A tick adds at least ``a = -(input_bound << fraction) + b`` and at most ``c = (input_bound << fraction) + b``. A
        reset takes from V at most what is there above 0, since V >= threshold >= 1: what it leaves lies between 0 and
        V. A leak leaves something between 0 and V too, ``V >> k`` being of the sign of V and no larger, rounded down.
        By induction V lies within ``t * min(0, a)`` and ``t * max(0, c)`` after t ticks.
        """
        peak = input_bound << self.fraction
        return (steps * min(0, *(b - peak for b in self.bias)), steps * max(0, *(b + peak for b in self.bias)))


NEURONS[Rate.kind] = Rate
