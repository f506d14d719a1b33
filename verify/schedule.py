"""The cycle of every pixel and result of many images: the timing model's first images, and their repetition.

No core but the readout looks at data, so images differ in nothing but the tick of their decision; and the readout never
holds up the core before it, if it has given a result before the next image arrives. Where that is so, and the last two
images that were timed moved alike, all further images move like them. Where a slow core is far from the input, the rows
before it fill for some images until that is so. If it never is, every image is timed by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quant.dataflow.chain import Node
from quant.dataflow.cores import Readout
from quant.timing.simulation import run_images
from sim.functional.psp import Array

TIMED = (6, 24, 96)


@dataclass(frozen=True, eq=False)
class Schedule:
    """When images move that follow each other from reset on, with no stall at either end. Make one with `schedule`.

    Parameters
    ----------
    nodes : sequence of Node
    pixels : int
        Of an image.
    inputs : int64, (timed images, pixels)
    arrivals : int64, (timed images, steps)
        Cycle in which the last word of each tick enters the readout.
    answer : int
        Cycles from the deciding word to the result.
    steady : bool
        Whether further images move as the last one did.
    """

    nodes: Sequence[Node]
    pixels: int
    inputs: Array
    arrivals: Array
    answer: int
    steady: bool

    @property
    def initiation_interval(self) -> int:
        """Clock cycles from result to result; pixels may go in faster for many images, while rows fill."""
        return int(self.arrivals[-1, -1] - self.arrivals[-2, -1])

    @property
    def latency(self) -> int:
        """Cycles of an image by itself that is decided at the last tick: from the first pixel to the result."""
        return int(self.arrivals[0, -1]) + self.answer + 1

    def cycles(self, ticks: Array) -> tuple[Array, Array]:
        """Cycles of pixels, (n, pixels), and results, (n,), of images that are decided at ``ticks``, (n,)."""
        steps = self.arrivals.shape[1]
        if not self.steady:
            due = run_images(self.nodes, pixels=self.pixels, decisions=ticks.tolist())
            return np.array(due.inputs).reshape(-1, self.pixels), np.array(due.borders[self.nodes[-1].name])
        image = np.arange(len(ticks))
        timed = np.minimum(image, len(self.inputs) - 1)
        later = (image - timed) * self.initiation_interval
        return (self.inputs[timed] + later[:, None],
                self.arrivals[timed, np.minimum(ticks, steps - 1)] + later + self.answer)


def schedule(nodes: Sequence[Node], pixels: int) -> Schedule:
    """Time the first images: as many as it takes until two move alike, or the most of `TIMED`."""
    readout = nodes[-1].core
    assert isinstance(readout, Readout)
    for images in TIMED:
        due = run_images(nodes, pixels=pixels, decisions=[readout.steps] * images)
        inputs = np.array(due.inputs).reshape(images, pixels)
        words = np.array(due.borders[nodes[-2].name]).reshape(images, readout.steps, readout.groups)
        period = inputs[-1, -1] - inputs[-2, -1]
        alike = all((moves[-1] - moves[-2] == period).all() for moves in (inputs, words))
        if alike:
            break
    arrivals = words[:, :, -1]
    answer = int(due.borders[nodes[-1].name][0] - arrivals[0, -1])
    free = (words[1:, 0, 0] > arrivals[:-1, -1] + answer).all()
    return Schedule(nodes, pixels, inputs, arrivals, answer, bool(alike and free))
