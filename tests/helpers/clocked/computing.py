"""Clocked models of the cores that compute: sums, neurons, the readout."""

from collections.abc import Iterator
from itertools import cycle

from quant.dataflow import cores

from .model import ClockedModel, Pipeline


class ClockedSynapses(Pipeline):
    """Clocked model of synapses: a pipeline whose last register holds the sums, valid once a pass is in."""

    def __init__(self, core: cores.Synapses) -> None:
        super().__init__(core.latency + 1, [at == core.words - 1 for at in range(core.words)])


class ClockedSerial(ClockedModel):
    """Clocked model of neurons that compute one tick a cycle: a word of several ticks in, one out after the last tick.

    With ``every_tick`` a word comes out after each tick.
    """

    def __init__(self, core: cores.NeuronCore, every_tick: bool) -> None:
        self.core, self.every_tick = core, every_tick
        groups = core.groups if every_tick else 1
        self.loads = cycle([core.ticks_in(group) for group in range(core.tick_groups) for _ in range(groups)])
        self.tick = self.left = 0
        self.ends = False  # what is compared now ends in an output word

    def _moves(self, o_ready: bool) -> bool:
        """True if what is compared now makes place for what the next tick computes."""
        return o_ready or not self.valid or not self.ends

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (self.left == 1 and self._moves(o_ready))

    def clock(self, moved: bool, o_ready: bool) -> None:
        moves = self._moves(o_ready)
        if o_ready:
            self.valid = False
        if moves:
            self.valid = self.valid or self.ends
            self.ends = self.left > 0 and (self.every_tick or self.tick == self.core.steps - 1)
        if moves and self.left:
            self.left -= 1
            self.tick = (self.tick + 1) % self.core.steps
        if moved:
            self.left = next(self.loads)


class ClockedCurrent(ClockedModel):
    """Clocked model of a current: collects the words of a number, outputs it ``repeats`` times while the next come.

    One that is buffered has room for a number behind that.
    """

    def __init__(self, core: cores.Current) -> None:
        self.words, self.repeats, self.buffered = core.plane_groups, core.repeats, core.buffered
        self.word = self.left = self.waiting = 0

    @property
    def last(self) -> bool:
        """True if the next word completes a number."""
        return self.word == self.words - 1

    def ready(self, o_ready: bool) -> bool:
        if not self.last:
            return True
        return not self.waiting if self.buffered else self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.waiting += self.last
            self.word = 0 if self.last else self.word + 1
        if self.left == 0 and self.waiting:
            self.left, self.waiting = self.repeats, self.waiting - 1
        self.valid = self.left > 0


class ClockedReadout(ClockedModel):
    """Clocked model of the readout: collects the groups of each tick; at the decision tick scans the classes.

    Parameters
    ----------
    decisions : iterator of int
        Decision tick of each image; ``steps`` counts as the last tick.
    """

    def __init__(self, core: cores.Readout, decisions: Iterator[int]) -> None:
        self.core, self.decisions = core, decisions
        self.words = core.steps * core.groups
        self.word = self.scan = 0
        self.decided = False
        self.decision = -1

    def ready(self, o_ready: bool) -> bool:
        return self.decided or (self.scan == 0 and not self.valid)

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready:
            self.valid = False
        if self.scan:
            self.scan -= 1
            self.valid = self.scan == 0
        if moved:
            self._take()

    def _take(self) -> None:
        if self.word == 0:
            self.decision = min(next(self.decisions), self.core.steps - 1)
        tick, group = divmod(self.word, self.core.groups)
        if tick == self.decision and group == self.core.groups - 1:
            self.scan, self.decided = self.core.classes, True
        self.word += 1
        if self.word == self.words:
            self.word, self.decided = 0, False
