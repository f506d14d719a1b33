"""Timing models of the cores that move values: words, borders, windows."""

from collections import deque

from ..dataflow import cores
from .model import TimingModel


class RegisterSliceTiming(TimingModel):
    """Timing of a register slice: two words at most wait in it, and a place is free in the cycle after a word left."""

    def __init__(self, core: cores.RegisterSlice) -> None:
        self.older = self.newer = 0  # cycle after the last word but one, and the last, was given

    def take(self, offered: int) -> int:
        return self.take_run(offered, 1)

    def take_run(self, offered: int, words: int) -> int:
        first = max(offered, self.older)
        shown = max(first + 1, self.newer)
        if words > 2:  # the word before is always taken before it is given, so the output sees a run
            self.newer = shown = self.output.take_run(shown, words - 2) + 1
        for _ in range(min(words, 2)):
            taken = max(first + words - 1, self.older)
            self.older, self.newer = self.newer, self.output.take(shown) + 1
            shown = self.newer
        return taken


class UnpackTiming(TimingModel):
    """Timing of an unpacking core: one word in, ``ratio`` words out."""

    def __init__(self, core: cores.Unpack) -> None:
        self.ratio, self.free = core.ratio, 0

    def take(self, offered: int) -> int:
        taken = max(offered, self.free)
        self.free = self.output.take_run(taken + 1, self.ratio)
        return taken


class PadTiming(TimingModel):
    """Timing of zero padding: words of the border are generated, the others pass."""

    def __init__(self, core: cores.Pad) -> None:
        words = core.words
        self.first = (core.padding * core.row + core.left) * words
        ends = [0] * (core.width * words - 1) + [(core.right + core.left) * words]
        self.border = ends * core.height  # words of the border behind each word
        self.border[-1] += 2 * core.padding * core.row * words
        self.place = self.free = 0

    def start(self) -> None:
        if self.first:
            self.free = self.output.take_run(1, self.first)

    def take(self, offered: int) -> int:
        taken = max(offered, self.free)
        self.free = self.output.take_run(taken + 1, 1 + self.border[self.place])
        self.place = (self.place + 1) % len(self.border)
        return taken


class RegisterWindowTiming(TimingModel):
    """Timing of a window in registers: a pixel in; if it completes a window position, one word a pass out."""

    def __init__(self, core: cores.RegisterWindow) -> None:
        rows, columns = ([at >= size - 1 and (at - size + 1) % stride == 0 for at in range(extent)]
                         for extent, size, stride in ((core.height, core.size, core.stride),
                                                      (core.width, core.kernel, core.step)))
        self.complete = [row and column for row in rows for column in columns]
        self.passes, self.place, self.free = core.passes, 0, 0

    def take(self, offered: int) -> int:
        taken = max(offered, self.free)
        if self.complete[self.place]:
            self.free = self.output.take_run(taken + 1, self.passes)
        self.place = (self.place + 1) % len(self.complete)
        return taken


class MemoryWindowTiming(TimingModel):
    """Timing of a window in memory: a ring buffer of rows, written while a row is free, read once its rows are there.

    A window position is read once all rows that it needs are complete.
    """

    def __init__(self, core: cores.MemoryWindow) -> None:
        self.core = core
        self.held = self.written = self.row = self.given = 0
        self.frees = deque([0] * core.rows)  # cycle from which each row that is not held is free
        self.row_reads = core.columns_out * core.passes * core.size * core.run

    def take(self, offered: int) -> int:
        return self.take_run(offered, 1)

    def take_run(self, offered: int, words: int) -> int:
        while words:
            if not self.written:
                offered = max(offered, self.frees.popleft())
            run = min(words, self.core.row_words - self.written)
            offered, words, self.written = offered + run, words - run, self.written + run
            if self.written == self.core.row_words:
                self.held, self.written = self.held + 1, 0
                self._read(offered + 1)
        return offered - 1

    def _read(self, shown: int) -> None:
        """Hand on all window rows whose rows are held, the first word in cycle ``shown`` at the earliest."""
        while self.held >= (self.core.last_rows if self.row == self.core.rows_out - 1 else self.core.rows_needed):
            shown = max(shown, self.given + 1)
            if self.row_reads > 1:
                shown = self.output.take_run(shown, self.row_reads - 1) + 1
            self.given = self.output.take(shown)
            last = self.row == self.core.rows_out - 1
            freed = self.core.last_rows if last else self.core.stride
            self.held -= freed
            self.frees.extend([shown] * freed)
            self.row = 0 if last else self.row + 1
