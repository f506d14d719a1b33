"""Timing models of the two ends of a residual shortcut: its fork and its join."""

from ..dataflow import cores
from .model import UNBOUNDED, TimingModel


class ForkTiming(TimingModel):
    """Timing of a fork: words pass, and wait for the join: ``held`` in all, ``shown`` of them for a cycle or longer."""

    def __init__(self, core: cores.Fork) -> None:
        self.depth = core.depth
        self.held = self.shown = 0

    def ready(self, o_ready: bool) -> bool:
        return (o_ready or not self.valid) and self.held < self.depth

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.valid = moved
        self.shown = self.held
        self.held += moved

    def take(self, words: int) -> None:
        """Remove ``words``, which the join takes in the cycles that were clocked last."""
        self.shown -= words
        self.held -= words

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        if moved:
            return self.depth - self.held - 1 if o_ready and self.valid and self.shown else 0
        return UNBOUNDED if not (self.valid and o_ready) and self.shown == self.held else 0

    def advance(self, cycles: int, moved: bool, o_ready: bool) -> None:
        if moved:
            self.held += cycles
            self.shown += cycles


class JoinTiming(TimingModel):
    """Timing of a join: one register, for words that find a word of the shortcut; the last of a group removes that."""

    def __init__(self, core: cores.Join, fork: ForkTiming) -> None:
        self.words, self.fork = core.words, fork
        self.word = 0

    def ready(self, o_ready: bool) -> bool:
        return (o_ready or not self.valid) and self.fork.shown > 0

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.valid = moved
        self._move(int(moved))

    def _move(self, words: int) -> None:
        taken, self.word = divmod(self.word + words, self.words)
        self.fork.take(taken)

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        if moved:
            groups = 1 if self.fork.held == self.fork.depth else self.fork.shown  # for which the fork stays as it is
            return self.words * groups - self.word - 1 if o_ready and self.valid else 0
        return UNBOUNDED if not (self.valid and o_ready) else 0

    def advance(self, cycles: int, moved: bool, o_ready: bool) -> None:
        if moved:
            self._move(cycles)
