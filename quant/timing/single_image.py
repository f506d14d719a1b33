"""Single-image latency of a network, and cycles of a sequence of images: exact, from a core at rest.

A core is at rest when nothing in it moves any more: all words of earlier images have left, and work that can be done
ahead of the next image (the border of a padded map) is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..dataflow.chain import Node, input_words, networks
from ..dataflow.cores import Readout
from .simulation import Chain, End


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


def single_image_timing(nodes: Sequence[Node], pixels: int) -> SingleImageTiming:
    """Single-image timing of a whole network whose images have ``pixels``, for every decision tick.

    One run gives it: of an image that is decided at the last tick. Up to its decision any other image has the same
    transfers, and so has what is left after an early decision, since the readout takes it without stalls. Of copies
    the image passes through one, and any: they are alike.
    """
    nodes = (*nodes[:-1], *networks(nodes)[0]) if nodes[-1].branches else nodes
    readout = nodes[-1].core
    assert isinstance(readout, Readout)
    chain = Chain(nodes, End(), [readout.steps])
    chain.start()
    start = chain.rest()
    chain.take_run(start, input_words(nodes, pixels))
    words = chain.borders[nodes[-2].name].cycles[readout.groups - 1::readout.groups]
    cycles = [word - start + readout.classes + 2 for word in words]  # classes + 1 from the deciding word to the result
    return SingleImageTiming((*cycles, cycles[-1]), chain.rest() - start)


def count_cycles(nodes: Sequence[Node], pixels: int, decisions: Sequence[int]) -> int:
    """Cycles from the first pixel of the first image to the result of the last, both included.

    Parameters
    ----------
    decisions : sequence of int
        Decision tick of each image, 0..steps. The first finds the core at rest; they follow each other with no gap.
    """
    end = End()
    chain = Chain(nodes, end, decisions)
    chain.start()
    start = chain.rest()
    chain.take_run(start, input_words(nodes, pixels) * len(decisions))
    return end.cycles[-1] - start + 1
