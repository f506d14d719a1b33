"""Cycles of all pixels and results of many images: those of the first images by the timing model, then repeated.

Timing depends on data in the readout alone, by the decision tick; and the readout never stalls the core before it if
its result is out before the next image arrives. If so, the images may be timed before their decisions are known; and
once an image leaves the chain in the state in which it found it, all further ones have the same cycles but for the
initiation interval. Where a slow core is far from the input, the rows before it fill up for many images first.
"""

from collections.abc import Sequence
from itertools import repeat
from threading import Lock

import numpy as np

from quant.dataflow.chain import Node
from quant.dataflow.cores import Readout
from quant.timing.simulation import Chain, End, run_images
from sim.functional.psp import Array

FIRST = 3  # images that are always timed; the initiation interval is that of the last two results


class Schedule:
    """Cycles of images that follow each other from reset on, with no stall at either end.

    Images are timed when they are first asked for, each once.

    Parameters
    ----------
    nodes : sequence of Node
        Of a whole network.
    pixels : int
        Number of input words of an image.

    Attributes
    ----------
    steady : bool
        True if each further image repeats the last one that is timed, an initiation interval later.
    """

    def __init__(self, nodes: Sequence[Node], pixels: int) -> None:
        readout = nodes[-1].core
        assert isinstance(readout, Readout)
        self.nodes, self.pixels, self.steady = nodes, pixels, False
        self._end, self._shape = End(), (-1, readout.steps, readout.groups)
        self._chain = Chain(nodes, self._end, repeat(readout.steps), {nodes[-2].name})
        self._chain.start()
        self._inputs: list[list[int]] = []
        self._lock = Lock()  # of workers that share the schedule
        self._time(FIRST)

    def _time(self, images: int) -> None:
        """Time images until there are so many, or they repeat; `FIRST` at least."""
        with self._lock:
            while len(self._inputs) < FIRST or len(self._inputs) < images and not self.steady:
                before, start = self._chain.state(), self._inputs[-1][-1] + 1 if self._inputs else 0
                self._inputs.append(self._image(start))
                self.steady = _alike(before, self._chain.state(), self._inputs[-1][-1] + 1 - start)

    def _image(self, cycle: int) -> list[int]:
        """Cycles in which the pixels of one more image are taken, the first offered from ``cycle`` on."""
        cycles: list[int] = []
        for _ in range(self.pixels):
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
        return np.array(self._chain.borders[self.nodes[-2].name].cycles).reshape(self._shape)

    @property
    def initiation_interval(self) -> int:
        """Clock cycles from result to result; the first images may go in faster, while rows fill up."""
        return self._end.cycles[FIRST - 1] - self._end.cycles[FIRST - 2]

    @property
    def latency(self) -> int:
        """Single-image latency for a decision at the last tick: cycles from the first pixel to the result."""
        return self._end.cycles[0] + 1

    def cycles(self, ticks: Array) -> tuple[Array, Array]:
        """Cycles of pixels, (n, pixels), and results, (n,), of images that are decided at ``ticks``, (n,)."""
        self._time(len(ticks))
        inputs, words = np.array(self._inputs), self._words
        arrivals = words[:, :, -1]  # last word of each tick
        delay = self._end.cycles[0] - arrivals[0, -1]  # from the deciding word to the result
        if not (words[1:, 0, 0] > arrivals[:-1, -1] + delay).all():  # the next image waits for a result
            due = run_images(self.nodes, pixels=self.pixels, decisions=ticks.tolist())
            return np.array(due.inputs).reshape(-1, self.pixels), np.array(due.borders[self.nodes[-1].name])
        image = np.arange(len(ticks))
        timed = np.minimum(image, len(inputs) - 1)
        later = (image - timed) * (inputs[-1, -1] - inputs[-2, -1])
        return inputs[timed] + later[:, None], arrivals[timed, np.minimum(ticks, self._shape[1] - 1)] + later + delay


def _alike(before: Sequence[int], after: Sequence[int], period: int) -> bool:
    """True if a chain is in the state in which it was, ``period`` cycles later: cycles have moved on, places not."""
    return len(before) == len(after) and {b - a for a, b in zip(before, after, strict=True)} <= {0, period}
