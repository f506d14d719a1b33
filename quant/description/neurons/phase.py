"""Neurons that fire the binary digits of a number."""

from dataclasses import dataclass
from typing import ClassVar

from ...check import integer
from ..spike_coding import Binary, SpikeCoding
from .neurons import NEURONS, Neurons


@dataclass(frozen=True, kw_only=True)
class Phase(Neurons):
    """Neurons that collect a number and then fire its binary digits, one a tick, the highest first.

    V is the sum of all inputs, which are numbers, ``<< fraction``, plus the bias. Tick t stands for
    ``2**(steps - 1 - t)``: a neuron with ``V >= threshold * 2**(steps - 1 - t)`` spikes in it, and V loses as much.
    What is given in all ticks together is ``V / threshold``, rounded down, within 0..2**steps - 1; a neuron whose V is
    negative stays silent.

    The weighted phase code is that of Kim et al., "Deep neural networks with weighted spikes" (2018); that a neuron
    first collects and then fires is this project's reading of Li et al., "BSNN: towards faster and better conversion of
    artificial neural networks to spiking neural networks with bistable neurons" (2022); its equations were not at hand.

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

    kind: ClassVar[str] = "phase"
    takes: ClassVar[tuple[SpikeCoding, ...]] = (Binary,)
    gives: ClassVar[SpikeCoding] = Binary
    fraction: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "fraction", integer("fraction", self.fraction, 0, 8))

    def potential_range(self, input_bound: int, steps: int) -> tuple[int, int]:
        """Bounds of V in all ticks, over all inputs with ``|n| <= input_bound``, and channels.

        V begins within ``-(input_bound << fraction) + b`` and ``(input_bound << fraction) + b``. A spike takes no more
        from V than V has, and only where V is positive: what is left lies between 0 and V.
        """
        peak = input_bound << self.fraction
        return (min(0, -peak + min(self.bias)), max(0, peak + max(self.bias)))


NEURONS[Phase.kind] = Phase
