"""Core of credit-based flow control."""

from dataclasses import dataclass

from .core import Core


@dataclass(frozen=True, kw_only=True)
class Credits(Core):
    """Flow control by credits, of a pipeline that never stalls: each result has a place in the queue behind it.

    Parameters
    ----------
    taken : Core
        What the lanes of the words that enter carry.
    taken_lanes : int
        Of a word that enters.
    period : int
        Words that enter for each result.
    lanes : int
        Of a result.
    depth : int
        Credits, each a place in the queue; at least 4, a power of two.
    """

    taken: Core
    taken_lanes: int
    period: int
    lanes: int
    depth: int

    @property
    def waiting(self) -> int:
        """As of `Core`."""
        return self.depth
