"""Window in block RAM: a ring of rows, read word by word."""

from amaranth.hdl import Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ..store import Ram
from ..streams.stream import counter, lanes_layout
from ..widths import narrow


class MemoryWindow(wiring.Component):
    """Holds whole rows of a map and reads each window position ``passes`` times, a word a cycle.

    Words are written to consecutive addresses that wrap at a power of two, over the borders of maps, so every move of
    the reader (next word, next kernel row, again, next position, next window row, next map) adds a constant to its
    address. A row is written only while fewer than ``rows`` are held; a window row is read only while the rows that it
    needs are whole, and frees ``stride`` rows with its last word (the last one of a map frees the rest of the map).

    Parameters
    ----------
    core : quant.dataflow.cores.MemoryWindow

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
        ``words`` words a pixel, pixels in raster order.
    o : ``Out(stream.Signature(lanes_layout(core, lanes)))``
        For each position and pass: kernel row, kernel column, word of the pixel. Valid one cycle after its read.
    """

    def __init__(self, core: cores.MemoryWindow) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(lanes_layout(core, core.lanes))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes)))})

    @property
    def _moves(self) -> list[int]:
        """Steps of the address: next word, next kernel row, again, next position, next row, next map."""
        core = self.core
        again = -((core.size - 1) * core.row_words + core.run - 1)
        back = again - (core.columns_out - 1) * core.stride * core.words
        return [1, core.row_words - core.run + 1, again, again + core.stride * core.words,
                back + core.stride * core.row_words, back + core.last_rows * core.row_words]

    def _ends(self, m: Module, issue: Value) -> tuple[list[Value], Value]:
        """Bits: the word read now is the last of its kernel row, pass, position, window row, map; last window row."""
        core, enable = self.core, issue
        ends: list[Value] = []
        for name, length in (("word", core.run), ("kernel_row", core.size), ("pass", core.passes),
                             ("column", core.columns_out), ("row", core.rows_out)):
            _, last = counter(m, name, length, enable)
            end = Signal(name=f"{name}_end")
            m.d.comb += end.eq(last & ends[-1] if ends else last)
            ends.append(end)
            enable = issue & end
        return ends, last

    def _address(self, m: Module, ends: list[Value], issue: Value) -> Signal:
        address = Signal(range(self.core.depth))
        move = Signal.like(address)
        *earlier, last = self._moves
        m.d.comb += move.eq(last)
        for end, distance in reversed(list(zip(ends, earlier, strict=True))):
            with m.If(~end):
                m.d.comb += move.eq(distance)
        with m.If(issue):
            m.d.sync += address.eq(address + move)  # wraps
        return address

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.ring = ring = Ram(unsigned(len(self.i.payload.as_value())), core.depth)
        write, read = ring.write, ring.read
        held = Signal(range(core.rows + 1))
        issue = Signal()
        accept = Signal()
        ends, last_row = self._ends(m, issue)
        _, row_written = counter(m, "written", core.row_words, accept)
        freed = Signal.like(held)
        with m.If(issue & ends[3]):
            m.d.comb += freed.eq(Mux(last_row, core.last_rows, core.stride))
        free = ~self.o.valid | self.o.ready
        m.d.comb += [
            self.i.ready.eq(held < core.rows), accept.eq(self.i.valid & self.i.ready),
            issue.eq(free & (held >= Mux(last_row, core.last_rows, core.rows_needed))),
            write.en.eq(accept), write.data.eq(self.i.payload.as_value()),
            read.en.eq(issue), read.addr.eq(self._address(m, ends, issue)), self.o.payload.as_value().eq(read.data),
        ]
        m.d.sync += [*narrow(held, held + (accept & row_written) - freed),
                     write.addr.eq(write.addr + accept)]  # wraps
        with m.If(free):
            m.d.sync += self.o.valid.eq(issue)
        return m
