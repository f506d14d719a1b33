"""Signal that passes between two layers."""

from dataclasses import dataclass

from .spike_coding import SpikeCoding


@dataclass(frozen=True)
class Signal:
    """Signal that passes between two layers.

    Parameters
    ----------
    spike_coding : Times, Trains, Binary or TicksLeft
    bit_planes : int
        Into how many its values are taken apart: ticks, or binary digits.
    summed : int
        Values that are added up into one, along each axis of a map.
    """

    spike_coding: SpikeCoding
    bit_planes: int
    summed: int = 1

    @classmethod
    def of(cls, spike_coding: SpikeCoding, steps: int) -> "Signal":
        """What neurons give in this coding, in a network of so many ticks; a ValueError if they cannot."""
        return cls(spike_coding, spike_coding.planes(steps))

    @property
    def largest(self) -> int:
        """Largest value, of any of those that are added up."""
        return self.bit_planes if self.spike_coding.once else 2**self.bit_planes - 1

    @property
    def peak(self) -> int:
        """Largest input of a synapse in a tick."""
        return self.summed**2 * (2**self.bit_planes - 1 if self.spike_coding.numeric else 1)
