"""Timing models of the two ends of a residual shortcut: its fork and its join."""

from collections import deque

from ..dataflow import cores
from .model import Pipeline, TimingModel

RING = 2  # cycles from a word's transfer until the ring shows it


class ForkTiming(TimingModel):
    """Timing of a fork: words pass, and wait for the join in a ring of ``depth``."""

    def __init__(self, core: cores.Fork) -> None:
        self.shown: deque[int] = deque()  # cycle from which the join sees each word
        self.frees = deque([0] * core.depth)  # cycle from which each place is free
        self.given = 0

    def take(self, offered: int) -> int:
        taken = max(offered, self.given, self.frees.popleft())
        self.shown.append(taken + RING)
        self.given = self.output.take(taken + 1)
        return taken


class JoinTiming(Pipeline):
    """Timing of a join: a pipeline of words that find a word of the shortcut; the last of a group removes that."""

    def __init__(self, core: cores.Join, fork: ForkTiming) -> None:
        super().__init__(3, [True])
        self.words, self.fork = core.words, fork
        self.word = 0

    def take(self, offered: int) -> int:
        taken = super().take(max(offered, self.fork.shown[0]))
        self.word += 1
        if self.word == self.words:
            self.word = 0
            self.fork.shown.popleft()
            self.fork.frees.append(taken + 1)
        return taken

    take_run = TimingModel.take_run
