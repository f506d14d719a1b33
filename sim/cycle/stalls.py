"""Stall patterns: the clock cycles in which an end of a stream is open. The C++ driver has the same three, bit for bit.

A source raises valid in a cycle in which its pattern is open and holds it until the word has moved; a sink is ready
while its pattern is open. A pattern is a function of the cycle alone, so `quant.timing.simulation.run` can replay it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from quant.check import integer


@dataclass(frozen=True)
class Always:
    """Open in every cycle."""

    @property
    def code(self) -> tuple[int, int, int]:
        """Kind and two parameters, as the C++ driver takes them."""
        return (0, 0, 0)

    def __call__(self, cycle: int) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class Bursts:
    """Open for ``run`` cycles, shut for ``stall`` cycles, and again, from cycle 0 on.

    Parameters
    ----------
    run : int
        1..65535 cycles.
    stall : int
        0..65535 cycles.
    """

    run: int
    stall: int

    def __post_init__(self) -> None:
        integer("burst run", self.run, 1, 65535)
        integer("burst stall", self.stall, 0, 65535)

    @property
    def code(self) -> tuple[int, int, int]:
        """Kind and two parameters, as the C++ driver takes them."""
        return (1, self.run, self.stall)

    def __call__(self, cycle: int) -> bool:
        return cycle % (self.run + self.stall) < self.run


@dataclass(frozen=True, kw_only=True)
class Random:
    """Shut in about ``stall`` of 256 cycles, at random.

    Open when the upper eight of 32 bits are at least ``stall``; the bits are MurmurHash3's finaliser of
    ``seed + cycle * 0x9E3779B9``, a function of seed and cycle without further state.

    Parameters
    ----------
    seed : int
        0..2**32-1.
    stall : int
        0..255 of 256 cycles.
    """

    seed: int
    stall: int = 64

    def __post_init__(self) -> None:
        integer("random seed", self.seed, 0, 2**32 - 1)
        integer("random stall", self.stall, 0, 255)

    @property
    def code(self) -> tuple[int, int, int]:
        """Kind and two parameters, as the C++ driver takes them."""
        return (2, self.seed, self.stall)

    def __call__(self, cycle: int) -> bool:
        bits = (self.seed + cycle * 0x9E3779B9) & 0xFFFFFFFF
        bits = (bits ^ bits >> 16) * 0x85EBCA6B & 0xFFFFFFFF
        bits = (bits ^ bits >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
        return (bits ^ bits >> 16) >> 24 >= self.stall


Pattern = Always | Bursts | Random
ALWAYS = Always()


def from_code(code: Sequence[int]) -> Pattern:
    """Return the pattern whose ``code`` this is."""
    kind, *numbers = code
    if kind == 0:
        return ALWAYS
    return Bursts(run=numbers[0], stall=numbers[1]) if kind == 1 else Random(seed=numbers[0], stall=numbers[1])
