"""Window in registers: all synapses of a position at once."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from ..store import Ram
from ..streams.stream import counter, lanes_layout
from ..widths import guard, narrow


def _countdown(m: Module, name: str, size: int, stride: int, enable: Value, wrap: Value) -> Value:
    """Zero where a window position is complete: ``size - 1`` at first, then every ``stride``."""
    left = Signal(range(max(size, stride)), init=size - 1, name=f"{name}_left")
    with m.If(enable):
        with m.If(wrap):
            m.d.sync += left.eq(size - 1)
        with m.Elif(left == 0):
            m.d.sync += left.eq(stride - 1)
        with m.Else():
            m.d.sync += narrow(left, left - 1)
    return left == 0


class RegisterWindow(wiring.Component):
    """Shifts pixels through ``size - 1`` line buffers and ``size`` x ``kernel`` registers.

    A pixel that completes a position is followed by ``passes`` output words of the same payload, the first of them one
    cycle later; other pixels pass at one a cycle. Maps follow each other with no gap.

    Parameters
    ----------
    core : quant.dataflow.cores.RegisterWindow

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
        One pixel a word, in raster order.
    o : ``Out(stream.Signature(lanes_layout(core, fan_in)))``
        Kernel row, kernel column, channel.
    """

    def __init__(self, core: cores.RegisterWindow) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(lanes_layout(core, core.lanes))),
                          "o": Out(stream.Signature(lanes_layout(core, core.fan_in)))})

    def _column(self, m: Module, x: Signal, x_last: Value, accept: Value) -> list[Value]:
        """The pixels above the arriving one, from the line buffers, and itself."""
        pixel = self.i.payload.as_value()
        above = self.core.size - 1
        if above == 0:
            return [pixel]
        shape = data.ArrayLayout(len(pixel), above)
        if self.core.width == 1:  # the next word is the one above it, and is read while this one is written
            m.submodules.lines = lines = Memory(shape=shape, depth=1, init=[])
            write = lines.write_port()
            read = lines.read_port(domain="sync", transparent_for=[write])
        else:
            m.submodules.lines = ram = Ram(shape, self.core.width)
            write, read = ram.write, ram.read
        after = Signal.like(x)
        m.d.comb += after.eq(x + 1)
        with m.If(x_last):
            m.d.comb += after.eq(0)
        with m.Else():
            m.d.sync += guard(after, x + 1)
        column = [*(read.data[row] for row in range(above)), pixel]
        m.d.comb += [read.addr.eq(after), read.en.eq(accept), write.addr.eq(x), write.en.eq(accept),
                     write.data.eq(Cat(column[1:]))]
        return column

    def elaborate(self, platform):
        m = Module()
        core = self.core
        left = Signal(range(core.passes + 1))
        # left == 0, left == 1
        idle = Signal(init=1)
        last, accept = flags("last accept")
        x, x_last = counter(m, "x", core.width, accept)
        _, y_last = counter(m, "y", core.height, accept & x_last)
        complete = (_countdown(m, "column", core.kernel, core.step, accept, x_last)
                    & _countdown(m, "row", core.size, core.stride, accept & x_last, y_last))
        m.d.comb += [self.o.valid.eq(~idle), accept.eq(self.i.valid & self.i.ready),
                     self.i.ready.eq(idle | (self.o.ready & last))]
        pixel = self.i.payload.as_value()
        rows = self.o.payload.as_value()
        width = core.kernel * len(pixel)
        column = self._column(m, x, x_last, accept)
        with m.If(accept):
            m.d.sync += [left.eq(0), idle.eq(1), last.eq(0)]
            with m.If(complete):
                m.d.sync += [left.eq(core.passes), idle.eq(0), last.eq(core.passes == 1)]
            for index, newest in enumerate(column):
                row = rows[index * width:(index + 1) * width]
                m.d.sync += row.eq(Cat(row, newest)[len(pixel):])
        with m.Elif(self.o.valid & self.o.ready):
            m.d.sync += [*narrow(left, left - 1), idle.eq(last), last.eq(left == 2)]
        return m
