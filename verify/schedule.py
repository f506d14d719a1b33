"""Cycles of all pixels and results of many images: those of the first images by the timing model, then repeated.

Timing depends on data in the readout alone, by the decision tick; and the readout never stalls the core before it if
its result leaves two cycles or more before the next image arrives. If so, the images may be timed before their
decisions are known; and once an image leaves the chain in the state in which it found it, all further ones have the
same cycles but for the initiation interval. Where a slow core is far from the input, the rows before it fill up for
many images first.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import repeat
from threading import Lock

import numpy as np

from quant.dataflow.chain import Node, input_words, networks
from quant.dataflow.cores import Readout
from quant.timing.simulation import Chain, End, initiation_interval, run_images
from sim.functional.psp import Array

FIRST = 3  # images of each copy that are always timed


class Schedule:
    """Cycles of images that follow each other from reset on, with no stall at either end.

    Images are timed when they are first asked for, each once.

    Parameters
    ----------
    nodes : sequence of Node
        Of a whole network.
    pixels : int
        Of an image.

    Attributes
    ----------
    steady : bool
        True if each further image repeats the last one of its copy that is timed, an initiation interval later.
    copies : int
        Of the network, which get images in turn.
    """

    def __init__(self, nodes: Sequence[Node], pixels: int) -> None:
        readout = networks(nodes)[0][-1].core
        assert isinstance(readout, Readout)
        self.nodes, self.pixels, self.steady, self.copies = nodes, pixels, False, len(networks(nodes))
        self._end, self._shape = End(), (-1, readout.steps, readout.groups)
        self._watched = [network[-2].name for network in networks(nodes)]
        self._chain = Chain(nodes, self._end, repeat(readout.steps), self._watched)
        self._chain.start()
        self._inputs: list[list[int]] = []
        self._lock = Lock()  # of workers that share the schedule
        self._time(FIRST * self.copies)

    def _time(self, images: int) -> None:
        """Time images, one of each copy, until there are so many, or they repeat."""
        with self._lock:
            while len(self._inputs) < FIRST * self.copies or len(self._inputs) < images and not self.steady:
                before, start = self._chain.state(), self._inputs[-1][-1] + 1 if self._inputs else 0
                for _ in range(self.copies):
                    self._inputs.append(self._image(self._inputs[-1][-1] + 1 if self._inputs else 0))
                self.steady = _alike(before, self._chain.state(), self._inputs[-1][-1] + 1 - start)

    def _image(self, cycle: int) -> list[int]:
        """Cycles in which the words of one more image are taken, the first offered from ``cycle`` on."""
        cycles: list[int] = []
        for _ in range(input_words(self.nodes, self.pixels)):
            cycles.append(self._chain.take(cycle))
            cycle = cycles[-1] + 1
        return cycles

    @property
    def timed(self) -> int:
        """Number of images that are timed."""
        return len(self._inputs)

    @property
    def _words(self) -> Array:
        """Cycle in which each word of the images that are timed enters the readout, (images, steps, groups)."""
        words = [np.array(self._chain.borders[name].cycles).reshape(self._shape) for name in self._watched]
        return np.stack(words, axis=1).reshape(self._shape)

    @cached_property
    def initiation_interval(self) -> int:
        """Clock cycles from result to result, as of `quant.timing.simulation.initiation_interval`."""
        return initiation_interval(self.nodes, self.pixels)[0]

    @property
    def latency(self) -> int:
        """Single-image latency for a decision at the last tick: cycles from the first pixel to the result."""
        return self._end.cycles[0] + 1

    def cycles(self, ticks: Array) -> tuple[Array, Array]:
        """Cycles of words of pixels, (n, words), and results, (n,), of images that are decided at ``ticks``, (n,)."""
        self._time(len(ticks))
        inputs, words, copies = np.array(self._inputs), self._words, self.copies
        arrivals = words[:, :, -1]  # last word of each tick
        delay = self._end.cycles[0] - arrivals[0, -1]  # from the deciding word to the result
        earliest = np.array(self._end.cycles[:-copies]) + 1  # for the next image: the cycle after the result
        if not (words[copies:, 0, 0] > earliest).all():  # one taken in that cycle may have waited for it
            due = run_images(self.nodes, pixels=self.pixels, decisions=ticks.tolist())
            return np.array(due.inputs).reshape(len(ticks), -1), np.array(due.borders[self.nodes[-1].name])
        image = np.arange(len(ticks))
        rounds = np.maximum(0, (image - len(inputs)) // copies + 1)
        timed, later = image - copies * rounds, rounds * (inputs[-1, -1] - inputs[-1 - copies, -1])
        results = arrivals[timed, np.minimum(ticks, self._shape[1] - 1)] + later + delay
        return inputs[timed] + later[:, None], np.maximum.accumulate(results - image) + image  # one a cycle, in order


def _alike(before: Sequence[int], after: Sequence[int], period: int) -> bool:
    """True if a chain is in the state in which it was, ``period`` cycles later: cycles have moved on, places not."""
    return len(before) == len(after) and {b - a for a, b in zip(before, after, strict=True)} <= {0, period}
