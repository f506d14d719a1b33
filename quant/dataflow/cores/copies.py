"""Cores of networks side by side: what deals images out to them and collects results, and the queue of each."""

from dataclasses import dataclass

from .computing import Readout
from .core import Core


@dataclass(frozen=True, kw_only=True)
class Queue(Core):
    """Words that wait, at most ``depth`` of them, a power of two.

    Parameters
    ----------
    pixels : bool
        True: a word is pixels as they come from outside, in front of an encoder.
    """

    lanes: int
    depth: int
    pixels: bool = False

    @property
    def waiting(self) -> int:
        """As of `Core`."""
        return self.depth


@dataclass(frozen=True, kw_only=True)
class Copies(Core):
    """Deals whole images out to several networks in turn, and collects their results in the same order.

    Parameters
    ----------
    words : int
        Of an image.
    lanes : int
        Pixels in a word.
    readout : Readout
        Of each network.
    number : int
        Of networks, at least 2.
    """

    words: int
    lanes: int = 1
    readout: Readout
    number: int
