"""Single-image latency of a network, and cycles of a sequence of images: exact, from a core at rest.

A core is at rest when nothing in it moves any more: all words of earlier images have left, and work that can be done
ahead of the next image (the border of a padded map) is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..dataflow.chain import Node
from ..dataflow.cores import Readout
from .simulation import TimingSimulation


@dataclass(frozen=True)
class SingleImageTiming:
    """Timing of a single image: the core is at rest, pixels follow without a gap, the result is taken at once.

    Parameters
    ----------
    cycles : tuple of int
        Latency by decision tick 0..steps: cycles from that of the first pixel to that of the result, both included.
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
    """Single-image timing of a whole network whose images have ``pixels`` input words, for every decision tick.

    One run gives it: of an image that is decided at the last tick. Up to its decision any other image has the same
    transfers, and so has what is left after an early decision, since the readout takes it without stalls.
    """
    readout = nodes[-1].core
    assert isinstance(readout, Readout)
    last = nodes[-2].name
    simulation = _at_rest(nodes, [readout.steps], {last})
    start = simulation.now
    simulation.stream(pixels, 1)
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
    simulation.stream(pixels * len(decisions), len(decisions))
    return simulation.now - start
