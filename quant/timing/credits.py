"""Timing model of credit-based flow control, which holds that of its pipeline."""

from collections import deque
from collections.abc import Callable

from ..dataflow import cores
from .model import Back, Sink, TimingModel
from .shortcut import RING


class CreditsTiming(TimingModel):
    """Timing of credits: the first word of a result waits for one, which is free two cycles after a result left.

    In the first cycle after reset none is lent.
    """

    def __init__(self, core: cores.Credits, pipeline: Callable[[Sink], TimingModel]) -> None:
        self.period, self.pipeline = core.period, pipeline(Back(self.queue))
        self.frees = deque([1] * core.depth)  # cycle from which each credit is free
        self.word = self.given = 0

    def start(self) -> None:
        self.pipeline.start()

    def rest(self) -> int:
        return self.pipeline.rest()

    def state(self) -> list[int]:
        return super().state() + self.pipeline.state()

    def take(self, offered: int) -> int:
        if self.word == 0:
            offered = max(offered, self.frees.popleft())
        self.word = (self.word + 1) % self.period
        return self.pipeline.take(offered)

    def queue(self, offered: int) -> int:
        """Let a result wait for its taker; it enters in cycle ``offered``."""
        self.given = self.output.take(max(offered + RING, self.given)) + 1
        self.frees.append(self.given + 1)
        return offered
