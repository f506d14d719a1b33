"""Cycles of all pixels and results of many images: those of the first images by the timing model, then repeated.

Timing depends on data in the readout alone, by the decision tick; and the readout never stalls the core before it if
its result is out before the next image arrives. If so, and if the last two timed images had the same cycles but for the
initiation interval, so have all further ones. Where a slow core is far from the input, the rows before it fill up for
some images first. If the timing never becomes steady, every image is simulated.
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
    """Cycles of images that follow each other from reset on, with no stall at either end. Make one with `schedule`.

    Parameters
    ----------
    nodes : sequence of Node
    pixels : int
        Number of input words of an image.
    inputs : int64, (timed images, pixels)
        Cycle in which each pixel is taken.
    arrivals : int64, (timed images, steps)
        Cycle in which the last word of each tick enters the readout.
    result_delay : int
        Cycles from the deciding word to the result.
    steady : bool
        True if each further image repeats the last one, an initiation interval later.
    """

    nodes: Sequence[Node]
    pixels: int
    inputs: Array
    arrivals: Array
    result_delay: int
    steady: bool

    @property
    def initiation_interval(self) -> int:
        """Clock cycles from result to result; the first images may go in faster, while rows fill up."""
        return int(self.arrivals[-1, -1] - self.arrivals[-2, -1])

    @property
    def latency(self) -> int:
        """Single-image latency for a decision at the last tick: cycles from the first pixel to the result."""
        return int(self.arrivals[0, -1]) + self.result_delay + 1

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
                self.arrivals[timed, np.minimum(ticks, steps - 1)] + later + self.result_delay)


def schedule(nodes: Sequence[Node], pixels: int) -> Schedule:
    """Schedule of a network: simulates images until two have the same timing, at most the last of `TIMED`."""
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
    delay = int(due.borders[nodes[-1].name][0] - arrivals[0, -1])
    free = (words[1:, 0, 0] > arrivals[:-1, -1] + delay).all()
    return Schedule(nodes, pixels, inputs, arrivals, delay, bool(alike and free))
