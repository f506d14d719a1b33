"""Pooling of spikes."""

from typing import Any

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from .. import spike_coding as codes
from ..store import Ram
from ..streams.stream import counter, lanes_layout
from ..widths import narrow


class Pool(wiring.Component):
    """The earliest spike time of each window, two cycles after the window's last word; never is the latest time.

    A row of minima lies in memory, read with each word and written back in the next cycle. Rows and columns that do not
    fill a window are dropped. Pixels of a window in one word are compared before they are registered.

    Parameters
    ----------
    core : quant.dataflow.cores.Pool

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
        ``groups`` words a pixel, pixels in raster order.
    o : ``Out(stream.Signature(lanes_layout(core, lanes_out)))``
    """

    def __init__(self, core: cores.Pool) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(lanes_layout(core, core.lanes))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes_out)))})

    def _minima(self, m: Module, layout: data.ArrayLayout) -> tuple[Any, Any]:
        """Ports of the memory. A pixel of one word may be read as it is written; of several, each comes later again."""
        depth = self.core.columns_out * self.core.groups
        if self.core.groups > 1:
            m.submodules.minima = ram = Ram(layout, depth)
            return ram.write, ram.read
        m.submodules.minima = minima = Memory(shape=layout, depth=depth, init=[])
        write = minima.write_port()
        return write, minima.read_port(domain="sync", transparent_for=[write])

    def elaborate(self, platform):
        m = Module()
        core = self.core
        layout = lanes_layout(core, core.lanes_out)
        write, read = self._minima(m, layout)
        free = Signal()
        accept = self.i.valid & free
        _, group_last = counter(m, "group", core.groups, accept)
        x, x_last = counter(m, "x", core.width, accept & group_last)
        column, column_last = counter(m, "column", core.across, accept & group_last)
        y_enable = accept & group_last & x_last
        _, y_last = counter(m, "y", core.height, y_enable)
        row, row_last = counter(m, "row", core.size, y_enable)
        address = Signal(range(core.width * core.groups))
        with m.If(y_enable):
            m.d.sync += [address.eq(0), column.eq(0)]
            with m.If(y_last):
                m.d.sync += row.eq(0)
        with m.Elif(accept & group_last & ~column_last):
            m.d.sync += narrow(address, address - (core.groups - 1))
        with m.Elif(accept):
            m.d.sync += narrow(address, address + 1)

        word = Signal(layout)
        first, ends, arrives = flags("first ends arrives")
        merged = ([word.eq(self.i.payload)] if core.merged == 1 else
                  [word[lane].eq(self._merged(lane)) for lane in range(core.lanes_out)])
        with m.If(free):
            m.d.sync += [arrives.eq(accept & (x < core.columns_out * core.across)), *merged,
                         first.eq((column == 0) & (row == 0)), ends.eq(column_last & row_last),
                         write.addr.eq(address), self.o.valid.eq(arrives & ends)]
        for lane in range(core.lanes_out):
            m.d.comb += write.data[lane].eq(codes.pooled(core, word[lane], read.data[lane], first))
        with m.If(free & arrives & ends):
            m.d.sync += self.o.payload.eq(write.data)
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(free),
                     read.addr.eq(address), read.en.eq(accept), write.en.eq(free & arrives)]
        return m

    def _merged(self, lane: int) -> Value:
        """What the window's pixels in the input word have in lane ``lane`` of the output."""
        value, *others = [self.i.payload[each] for each in self.core.merging(lane)]
        for other in others:
            value = codes.pooled(self.core, other, value, Const(0))
        return value
