"""Clocked models of the two ends of a residual shortcut: its fork and its join."""

from quant.dataflow import cores

from .model import ClockedModel, Pipeline


class ClockedFork(ClockedModel):
    """Clocked model of a fork: words pass and wait for the join; ``held`` in all, ``shown`` of them to it."""

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
        """Remove ``words``, which the join takes in the cycle that was clocked last."""
        self.shown -= words
        self.held -= words


class ClockedJoin(Pipeline):
    """Clocked model of a join: a pipeline of words that find one of the shortcut; the last of a group removes it."""

    def __init__(self, core: cores.Join, fork: ClockedFork) -> None:
        super().__init__(3, [True])
        self.words, self.fork = core.words, fork
        self.word = 0

    def ready(self, o_ready: bool) -> bool:
        return super().ready(o_ready) and self.fork.shown > 0

    def clock(self, moved: bool, o_ready: bool) -> None:
        super().clock(moved, o_ready)
        taken, self.word = divmod(self.word + moved, self.words)
        self.fork.take(taken)
