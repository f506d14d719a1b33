"""Timing models of the two ends of a shortcut, which know of each other."""

from ..dataflow import cores
from .model import FOREVER, TimingModel


class ForkTiming(TimingModel):
    """Words that pass, and those that wait for the join: ``held`` in all, ``shown`` of them for a cycle or longer."""

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
        """The join takes so many words, in the cycles that were clocked last."""
        self.shown -= words
        self.held -= words

    def quiet(self, moved: bool, o_ready: bool) -> int:
        if moved:
            return self.depth - self.held - 1 if o_ready and self.valid and self.shown else 0
        return FOREVER if not (self.valid and o_ready) and self.shown == self.held else 0

    def skip(self, cycles: int, moved: bool, o_ready: bool) -> None:
        if moved:
            self.held += cycles
            self.shown += cycles


class JoinTiming(TimingModel):
    """One register, for words that find a word of the shortcut there; the last word of a group takes it away."""

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

    def quiet(self, moved: bool, o_ready: bool) -> int:
        if moved:
            groups = 1 if self.fork.held == self.fork.depth else self.fork.shown  # that leave the fork as it is
            return self.words * groups - self.word - 1 if o_ready and self.valid else 0
        return FOREVER if not (self.valid and o_ready) else 0

    def skip(self, cycles: int, moved: bool, o_ready: bool) -> None:
        if moved:
            self._move(cycles)
