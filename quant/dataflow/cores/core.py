"""Base of all cores."""

from dataclasses import dataclass

from ...description.spike_coding import SpikeCoding, Times


def ceil_div(a: int, b: int) -> int:
    """``a / b`` rounded up."""
    return -(-a // b)


@dataclass(frozen=True, kw_only=True)
class Core:
    """Base of all cores.

    Parameters
    ----------
    bit_planes : int
        Of its lanes, 1..256: ticks of spike times and trains, binary digits of numbers.
    spike_coding : Times, Trains or Binary
        What its lanes carry; those of an encoder and of neurons are at their output.
    """

    bit_planes: int
    spike_coding: SpikeCoding = Times

    @property
    def lane_width(self) -> int:
        """Bits of a lane."""
        return self.spike_coding.width(self.bit_planes)

    @property
    def silent(self) -> int:
        """A lane without a spike."""
        return self.spike_coding.silent(self.bit_planes)

    @property
    def waiting(self) -> int:
        """Words at most that wait in it for their taker, though it could go on."""
        return 0
