"""Base of neurons that collect all of their input before they fire."""

from dataclasses import dataclass

from ...check import integer
from .neurons import Neurons


@dataclass(frozen=True, kw_only=True)
class Collecting(Neurons):
    """Base of neurons that collect all of their input, and then fire a number: ``V / threshold``, rounded down.

    V is the sum of all inputs, which are numbers, ``<< fraction``, plus the bias. The number is clipped to 0 and the
    largest of its spike coding; a neuron whose V is negative stays silent.

    Parameters
    ----------
    threshold : sequence of int
        One for each output channel, 1..2**31 - 1. The comparator is >=.
    bias : sequence of int
        Constant of each channel, added to V once. Empty: all zero.
    fraction : int
        0..8: V, threshold and bias are in units of ``2**-fraction`` of a weight.

    Raises
    ------
    TypeError, ValueError
        A value is of the wrong type or out of range, or bias and threshold differ in length.
    """

    fraction: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "fraction", integer("fraction", self.fraction, 0, 8))

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V in all ticks, over all inputs with ``|n| <= input_bound``, and channels.

        V begins within ``-(input_bound << fraction) + b`` and ``(input_bound << fraction) + b``. A digit of the number,
        times the threshold, takes no more from V than V has, and only where V is positive: what is left lies between 0
        and V.
        """
        peak = input_bound << self.fraction
        return (min(0, -peak + min(self.bias)), max(0, peak + max(self.bias)))

    def loaded(self, input_bound: int, steps: int) -> tuple[tuple[int, ...], ...]:
        """As of `Neurons`."""
        return (self.effective_threshold(input_bound, steps),)
