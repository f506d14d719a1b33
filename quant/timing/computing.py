"""Timing models of the cores that compute: sums, neurons, the readout."""

from collections.abc import Iterator

from ..dataflow import cores
from .model import Pipeline, TimingModel


class SynapseTiming(Pipeline):
    """Timing of synapses: a pipeline whose last register holds the sums, valid once all words of a pass are in."""

    def __init__(self, core: cores.Synapses) -> None:
        super().__init__(core.latency + 1, [at == core.words - 1 for at in range(core.words)])


class SerialTiming(TimingModel):
    """Timing of hidden neurons that compute one tick a cycle: a word of several ticks in, one out after the last.

    What a tick computes is compared in the next cycle, that of the last tick once the output before has gone.
    """

    def __init__(self, core: cores.NeuronCore) -> None:
        self.ticks = [core.ticks_in(group) for group in range(core.tick_groups)]
        self.group = self.done = self.compared = self.given = 0

    def take(self, offered: int) -> int:
        taken = max(offered, self.done)
        self.done = max(taken + 1, self.compared) + self.ticks[self.group] - 1
        self.group += 1
        if self.group == len(self.ticks):
            self.group = 0
            self.compared = max(self.done + 1, self.given)
            self.given = self.output.take(self.compared + 1)
        return taken


class OutputTiming(TimingModel):
    """Timing of output neurons: a word of several ticks in, a word out after each tick, which is compared before."""

    def __init__(self, core: cores.OutputNeurons) -> None:
        self.ticks = [core.ticks_in(group) for group in range(core.tick_groups) for _ in range(core.groups)]
        self.group = self.done = self.compared = self.given = 0

    def take(self, offered: int) -> int:
        taken = max(offered, self.done)
        ticks = self.ticks[self.group]
        self.done = max(taken + 1, self.compared)
        self.compared = max(self.done + 1, self.given)
        if ticks > 2:
            self.compared = self.output.take_run(self.compared + 1, ticks - 2)
        if ticks > 1:
            self.done, self.compared = self.compared, self.output.take(self.compared + 1)
        self.given = self.output.take(self.compared + 1)
        self.group = (self.group + 1) % len(self.ticks)
        return taken


class CurrentTiming(TimingModel):
    """Timing of a current: collects the words of a number, then outputs it ``repeats`` times while the next come in.

    The last of these waits until it is given, or, of one that is buffered, is behind the one that is given.
    """

    def __init__(self, core: cores.Current) -> None:
        self.words, self.repeats, self.buffered = core.plane_groups, core.repeats, core.buffered
        self.word = self.older = self.newer = 0  # cycle after the last number but one, and the last, was given

    def take(self, offered: int) -> int:
        self.word += 1
        if self.word < self.words:
            return offered
        self.word = 0
        taken = max(offered, self.older if self.buffered else self.newer - 1)
        self.older = self.newer
        self.newer = self.output.take_run(max(taken + 1, self.newer), self.repeats) + 1
        return taken


class ReadoutTiming(TimingModel):
    """Timing of the readout: collects the groups of each tick; at the decision tick scans the classes, one a cycle.

    Parameters
    ----------
    decisions : iterator of int
        Decision tick of each image; ``steps`` counts as the last tick.
    """

    def __init__(self, core: cores.Readout, decisions: Iterator[int]) -> None:
        self.core, self.decisions = core, decisions
        self.words = core.steps * core.groups
        self.word = self.free = 0
        self.deciding = -1  # word with which the image is decided

    def take(self, offered: int) -> int:
        if self.word == 0:
            self.deciding = (min(next(self.decisions), self.core.steps - 1) + 1) * self.core.groups - 1
        taken = max(offered, self.free) if self.word <= self.deciding else offered
        if self.word == self.deciding:
            self.free = self.output.take(taken + 1 + self.core.classes) + 1
        self.word = (self.word + 1) % self.words
        return taken
