"""Clocked models of the cores that move values: words, borders, windows."""

from quant.dataflow import cores

from .model import ClockedModel, RepeatingFlags


class ClockedRegisterSlice(ClockedModel):
    """Clocked model of a register slice: a queue of two words, which shows a word in the cycle after its transfer."""

    def __init__(self, core: cores.RegisterSlice) -> None:
        self.held = 0

    def ready(self, o_ready: bool) -> bool:
        return self.held < 2

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.held += moved - (o_ready and self.valid)
        self.valid = self.held > 0


class ClockedUnpack(ClockedModel):
    """Clocked model of an unpacking core: one word in, ``ratio`` words out."""

    def __init__(self, core: cores.Unpack) -> None:
        self.ratio, self.left = core.ratio, 0

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.left = self.ratio
        self.valid = self.left > 0


class ClockedPad(ClockedModel):
    """Clocked model of zero padding: words of the border are generated, the others pass."""

    def __init__(self, core: cores.Pad) -> None:
        inside_y = [core.padding <= y < core.padding + core.height for y in range(core.height + 2 * core.padding)]
        inside_x = [core.left <= x < core.left + core.width for x in range(core.row)]
        self.inside = RepeatingFlags([y and x for y in inside_y for x in inside_x for _ in range(core.words)])

    def ready(self, o_ready: bool) -> bool:
        return self.inside.current and (o_ready or not self.valid)

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.valid = moved or not self.inside.current
            if self.valid:
                self.inside.advance()


class ClockedRegisterWindow(ClockedModel):
    """Clocked model of a window in registers: a pixel in; if it completes a window position, one word a pass out."""

    def __init__(self, core: cores.RegisterWindow) -> None:
        rows, columns = ([at >= size - 1 and (at - size + 1) % stride == 0 for at in range(extent)]
                         for extent, size, stride in ((core.height, core.size, core.stride),
                                                      (core.width, core.kernel, core.step)))
        self.complete = RepeatingFlags([row and column for row in rows for column in columns])
        self.passes, self.left = core.passes, 0

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.left = self.passes if self.complete.current else 0
            self.complete.advance()
        self.valid = self.left > 0


class ClockedMemoryWindow(ClockedModel):
    """Clocked model of a window in memory: a ring of rows, written while one is free, read once its rows are there.

    A window position is read once all rows that it needs are complete.
    """

    def __init__(self, core: cores.MemoryWindow) -> None:
        self.core = core
        self.held = self.written = self.read = self.row = 0
        self.row_reads = core.columns_out * core.passes * core.size * core.run

    @property
    def last(self) -> bool:
        """True while the last window row of a map is read."""
        return self.row == self.core.rows_out - 1

    @property
    def whole(self) -> bool:
        """True if all rows that the current window row needs are in the buffer."""
        return self.held >= (self.core.last_rows if self.last else self.core.rows_needed)

    def ready(self, o_ready: bool) -> bool:
        return self.held < self.core.rows

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.valid = self.whole
            self.read += self.valid
            if self.read == self.row_reads:
                self.held -= self.core.last_rows if self.last else self.core.stride
                self.read, self.row = 0, 0 if self.last else self.row + 1
        if moved:
            self.written += 1
            if self.written == self.core.row_words:
                self.held, self.written = self.held + 1, 0
