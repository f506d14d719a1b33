"""How long a board takes for an image by itself, and for images that follow each other: exact, from a core at rest.

A core is at rest when nothing in it moves any more: all words of earlier images have gone, and what it can do ahead of
the next image (the border of a padded map) is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..dataflow.chain import Link
from ..dataflow.cores import Readout
from .simulation import Clockwork


@dataclass(frozen=True)
class Lone:
    """Timing of an image that finds the core at rest, has no gap between its pixels, and whose result is taken at once.

    Parameters
    ----------
    cycles : tuple of int
        By decision tick 0..steps: cycles from the one of the first pixel to the one of the result, both included.
    rest : int
        Cycles from the first pixel until the core is at rest again, whatever the decision tick; the first pixel of the
        next image may come so many cycles after this one's.
    """

    cycles: tuple[int, ...]
    rest: int


def _at_rest(links: Sequence[Link], decisions: Sequence[int], watch: set[str]) -> Clockwork:
    clockwork = Clockwork(links, decisions, watch)
    clockwork.settle()
    return clockwork


def lone(links: Sequence[Link], pixels: int) -> Lone:
    """Timing of lone images of ``pixels`` input words in a whole network; one run gives it for every decision tick.

    An image is timed that is decided at the last tick. Up to its decision any other image moves the same, and what is
    left after an early decision moves the same too, since the readout takes it without stalls.
    """
    readout = links[-1].core
    assert isinstance(readout, Readout)
    last = links[-2].name
    clockwork = _at_rest(links, [readout.steps], {last})
    start = clockwork.now
    clockwork.drive(pixels, 1)
    clockwork.settle()
    words = clockwork.transfers.borders[last][readout.groups - 1::readout.groups]
    cycles = [word - start + readout.classes + 2 for word in words]  # classes + 1 from the deciding word to the result
    return Lone((*cycles, cycles[-1]), clockwork.now - start)


def count_cycles(links: Sequence[Link], pixels: int, decisions: Sequence[int]) -> int:
    """Cycles from the first pixel of the first image to the result of the last, both included.

    Parameters
    ----------
    decisions : sequence of int
        Decision tick of each image, 0..steps. The first finds the core at rest; they follow each other with no gap.
    """
    clockwork = _at_rest(links, decisions, set())
    start = clockwork.now
    clockwork.drive(pixels * len(decisions), len(decisions))
    return clockwork.now - start
