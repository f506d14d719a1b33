"""Timing model of a core: in which cycle it takes each word, and in which it outputs what follows from it.

Each core of `quant.dataflow.cores` has a timing model in `quant.timing.models` that knows its handshakes, not its data.
No cycle is simulated: a word says from which cycle on it is offered, and the model says in which it is taken. When a
core takes a word depends on the words before it alone, so a model that has taken one hands on at once all that follows
from it, and knows from the answers when the core is free again.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol


class Sink(Protocol):
    """Anything that takes words."""

    def take(self, offered: int) -> int:
        """Take one more word, which is offered from cycle ``offered`` on; return the cycle in which it is taken."""

    def take_run(self, offered: int, words: int) -> int:
        """Take ``words`` at least one, each offered from the cycle after the one before is taken; that of the last."""


class TimingModel:
    """Timing of one core.

    Attributes
    ----------
    output : Sink
        Taker of the output words, which is set before the first of them.
    """

    output: Sink

    def start(self) -> None:
        """Hand on what the core outputs before its first word."""

    def take(self, offered: int) -> int:
        """As of `Sink`."""
        raise NotImplementedError

    def take_run(self, offered: int, words: int) -> int:
        """As of `Sink`."""
        for _ in range(words):
            taken = self.take(offered)
            offered = taken + 1
        return taken

    def rest(self) -> int:
        """Cycle from which nothing moves any more in the core, but for words that enter or leave it."""
        return 0

    def state(self) -> list[int]:
        """All that decides when later words move: places, which are counted, and cycles, which all words of an image
        move on alike once the core is in its steady state.
        """
        return [number for value in vars(self).values() for number in _numbers(value)]


def _numbers(value: object) -> Iterator[int]:
    """Integers of a value or of a queue."""
    if isinstance(value, int):
        yield value
    elif isinstance(value, deque | tuple):
        for each in value:
            yield from _numbers(each)


class Back(TimingModel):
    """Input of a core from the cores that it encloses.

    Parameters
    ----------
    enter : callable
        As `Sink.take`, of that input.
    """

    def __init__(self, enter: Callable[[int], int]) -> None:
        self.enter = enter

    def take(self, offered: int) -> int:
        return self.enter(offered)


class Pipeline(TimingModel):
    """Timing of ``depth`` registers that move together whenever the last is free.

    Parameters
    ----------
    depth : int
        Latency in cycles, at least 1.
    keep : sequence of bool
        For each input word of a period, whether an output word comes of it; at least one does.
    """

    def __init__(self, depth: int, keep: Sequence[bool]) -> None:
        self.depth = depth
        self.period = [0] * len(keep)  # for each place, words up to and with the next that is kept
        words = 0
        for place in reversed(range(2 * len(keep))):
            words = 1 if keep[place % len(keep)] else words + 1
            self.period[place % len(keep)] = words
        self.place = self.idle = 0
        self.stalls: deque[tuple[int, int]] = deque()  # not yet met by an input word: first cycle, and number of cycles
        self.stalled = 0  # cycles of all of them

    def take(self, offered: int) -> int:
        return self._enter(offered, 1)

    def take_run(self, offered: int, words: int) -> int:
        while words:
            run = min(words, self.period[self.place])
            offered, words = self._enter(offered, run) + 1, words - run
        return offered - 1

    def _enter(self, offered: int, words: int) -> int:
        """Take ``words``, of which the last alone may be kept; the cycle in which that is taken."""
        taken = offered + words - 1
        while self.stalls and self.stalls[0][0] <= taken:
            start, cycles = self.stalls.popleft()
            self.stalled -= cycles
            taken += cycles if start > offered else max(0, start + cycles - offered)
        shown, kept = taken + self.depth + self.stalled, words == self.period[self.place]
        self.idle, self.place = shown, (self.place + words) % len(self.period)
        if kept and (stall := self.output.take(shown) - shown):
            self.stalls.append((shown, stall))
            self.stalled += stall
        return taken

    def rest(self) -> int:
        return self.idle
