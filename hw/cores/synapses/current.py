"""Currents: what inputs that are numbers add to V in every tick."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ..streams.stream import counter
from ..widths import narrow
from .popcount import tree_sum


class Current(wiring.Component):
    """Adds the sums of digits up to sums of numbers, and gives each group of them once for every tick.

    The first is valid one cycle after the last word of the digits; the words of the next group may come while a group
    is given, all of them if it is ``buffered``: no ready then depends on the output's. ``total <- total *
    2**planes_per_pass + sum over the word's planes``, the highest digit first.

    Parameters
    ----------
    core : quant.dataflow.cores.Current

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(ArrayLayout(signed(plane_width), planes_per_pass), channels)))``
        ``plane_groups`` words a channel group.
    o : ``Out(stream.Signature(ArrayLayout(ArrayLayout(signed(sum_width), 1), channels)))``
        ``repeats`` words a channel group.
    """

    def __init__(self, core: cores.Current) -> None:
        self.core = core
        planes = data.ArrayLayout(data.ArrayLayout(signed(core.plane_width), core.planes_per_pass), core.channels)
        sums = data.ArrayLayout(data.ArrayLayout(signed(core.sum_width), 1), core.channels)
        super().__init__({"i": In(stream.Signature(planes)), "o": Out(stream.Signature(sums))})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        left = Signal(range(core.repeats + 1))
        accept = self.i.valid & self.i.ready
        word, last = counter(m, "word", core.plane_groups, accept)
        rest = core.bit_planes - (core.plane_groups - 1) * core.planes_per_pass  # planes of the last word
        ends = (left == 0) | (self.o.ready & (left == 1))
        waits = Signal()  # a number, behind the one that is given
        m.d.comb += [self.o.valid.eq(left != 0), self.i.ready.eq(
            ~last | ~waits if core.buffered else ~last | (left == 0) | (self.o.ready & (left == 1)))]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += narrow(left, left - 1)
        with m.If(ends & (waits | (accept & last)) if core.buffered else accept & last):
            m.d.sync += left.eq(core.repeats)
        if core.buffered:
            m.d.sync += waits.eq(~ends & (waits | (accept & last)))
        for channel in range(core.channels):
            planes = [self.i.payload[channel][plane] for plane in range(core.planes_per_pass)]
            if core.plane_groups == 1:
                full = tree_sum([n << core.bit_planes - 1 - plane for plane, n in enumerate(planes[:rest])])
            else:
                total = Signal(signed(core.sum_width), name=f"total{channel}")
                before = Mux(word == 0, 0, total)
                full = (before << rest) + tree_sum([n << rest - 1 - plane for plane, n in enumerate(planes[:rest])])
                grown = (before << core.planes_per_pass) + tree_sum(
                    [n << core.planes_per_pass - 1 - plane for plane, n in enumerate(planes)])
                with m.If(accept & ~last):
                    m.d.sync += narrow(total, grown)
            if core.buffered:
                waiting = Signal(signed(core.sum_width), name=f"waiting{channel}")
                with m.If(accept & last):
                    m.d.sync += narrow(waiting, full)
                with m.If(ends):
                    m.d.sync += self.o.payload[channel][0].eq(Mux(waits, waiting, full))
                continue
            with m.If(accept & last):
                m.d.sync += narrow(self.o.payload[channel][0], full)
        return m
