"""How long a board takes for an image by itself, and for images that follow each other: exact, from a core at rest.

A core is at rest when nothing in it moves any more: all words of earlier images have gone, and what it can do ahead of
the next image (the border of a padded map) is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..dataflow.chain import Node
from ..dataflow.cores import Readout
from .simulation import TimingSimulation


@dataclass(frozen=True)
class SingleImageTiming:
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


def _at_rest(nodes: Sequence[Node], decisions: Sequence[int], watch: set[str]) -> TimingSimulation:
    simulation = TimingSimulation(nodes, decisions, watch)
    simulation.settle()
    return simulation


def single_image_timing(nodes: Sequence[Node], pixels: int) -> SingleImageTiming:
    """Timing of lone images of ``pixels`` input words in a whole network; one run gives it for every decision tick.

    An image is timed that is decided at the last tick. Up to its decision any other image moves the same, and what is
    left after an early decision moves the same too, since the readout takes it without stalls.
    """
    readout = nodes[-1].core
    assert isinstance(readout, Readout)
    last = nodes[-2].name
    simulation = _at_rest(nodes, [readout.steps], {last})
    start = simulation.now
    simulation.input_bound(pixels, 1)
    simulation.settle()
    words = simulation.transfers.borders[last][readout.groups - 1::readout.groups]
    cycles = [word - start + readout.classes + 2 for word in words]  # classes + 1 from the deciding word to the result
    return SingleImageTiming((*cycles, cycles[-1]), simulation.now - start)


def count_cycles(nodes: Sequence[Node], pixels: int, decisions: Sequence[int]) -> int:
    """Cycles from the first pixel of the first image to the result of the last, both included.

    Parameters
    ----------
    decisions : sequence of int
        Decision tick of each image, 0..steps. The first finds the core at rest; they follow each other with no gap.
    """
    simulation = _at_rest(nodes, decisions, set())
    start = simulation.now
    simulation.input_bound(pixels * len(decisions), len(decisions))
    return simulation.now - start
