"""Sums of several ticks to sums of one tick: the front of every serial neuron core."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ..streams.stream import counter, sums_layout
from ..widths import narrow


class TickWords(wiring.Component):
    """Splits each word of n(t) into its ticks, earliest first; a partial last group has only ``ticks_in`` of them.

    Parameters
    ----------
    core : quant.dataflow.cores.NeuronCore
    groups : int
        Words of the same tick group that follow each other.

    Members
    -------
    i : ``In(stream.Signature(sums_layout(core, ticks)))``
    o : ``Out(stream.Signature(ArrayLayout(signed(sum_width), channels)))``
        One tick a word, the first one cycle after its input; a new input may follow with no gap.
    """

    def __init__(self, core: cores.NeuronCore, *, groups: int) -> None:
        self.core, self.groups = core, groups
        sums = data.ArrayLayout(signed(core.sum_width), core.channels)
        super().__init__({"i": In(stream.Signature(sums_layout(core, core.ticks))), "o": Out(stream.Signature(sums))})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        words = [Signal(core.sum_width * core.ticks, name=f"word{channel}") for channel in range(core.channels)]
        left = Signal(range(core.ticks + 1))
        accept = self.i.valid & self.i.ready
        _, group_last = counter(m, "group", self.groups, accept)
        _, partial = counter(m, "tick_group", core.tick_groups, accept & group_last)
        m.d.comb += [self.o.valid.eq(left != 0),
                     self.i.ready.eq((left == 0) | (self.o.ready & (left == 1)))]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += narrow(left, left - 1)
        with m.If(accept):
            m.d.sync += left.eq(Mux(partial, core.ticks_in(core.tick_groups - 1), core.ticks))
        for channel, word in enumerate(words):
            m.d.comb += self.o.payload[channel].eq(word[:core.sum_width].as_signed())
            with m.If(self.o.valid & self.o.ready):
                m.d.sync += word.eq(Cat(word[core.sum_width:], Const(0, core.sum_width)))
            with m.If(accept):
                m.d.sync += word.eq(Cat(*(self.i.payload[channel][tick] for tick in range(core.ticks))))
        return m
