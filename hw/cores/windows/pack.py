"""Word width converters: few spike times to many, and back."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ..streams.stream import counter, lanes_layout, outside_layout
from ..widths import narrow


class Pack(wiring.Component):
    """Gathers ``ratio`` words into one, first word in the lowest lanes; valid one cycle after the last of them.

    Parameters
    ----------
    core : quant.dataflow.cores.Pack

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``, of values from outside of `outside_layout`
    o : ``Out(stream.Signature(lanes_layout(core, lanes * ratio)))``
    """

    def __init__(self, core: cores.Pack) -> None:
        self.core = core
        word = outside_layout(core.lane_width, 1) if core.single else lanes_layout(core, core.lanes)
        super().__init__({"i": In(stream.Signature(word)),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes * core.ratio)))})

    def elaborate(self, platform):
        m = Module()
        free = ~self.o.valid | self.o.ready
        _, last = counter(m, "at", self.core.ratio, self.i.valid & free)
        old, new = self.o.payload.as_value(), Value.cast(self.i.payload)
        m.d.comb += self.i.ready.eq(free)
        with m.If(free):
            m.d.sync += self.o.valid.eq(self.i.valid & last)
            with m.If(self.i.valid):
                m.d.sync += old.eq(Cat(old, new)[len(new):])
        return m


class Unpack(wiring.Component):
    """Splits each word into ``ratio`` words, lowest lanes first; a new word may follow with no gap.

    Parameters
    ----------
    core : quant.dataflow.cores.Unpack

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
    o : ``Out(stream.Signature(lanes_layout(core, lanes // ratio)))``
    """

    def __init__(self, core: cores.Unpack) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(lanes_layout(core, core.lanes))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes // core.ratio)))})

    def elaborate(self, platform):
        m = Module()
        word = Signal(lanes_layout(self.core, self.core.lanes)).as_value()
        left = Signal(range(self.core.ratio + 1))
        out = self.o.payload.as_value()
        m.d.comb += [self.o.valid.eq(left != 0), out.eq(word),
                     self.i.ready.eq((left == 0) | (self.o.ready & (left == 1)))]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [left.eq(self.core.ratio), word.eq(self.i.payload.as_value())]
        with m.Elif(self.o.valid & self.o.ready):
            m.d.sync += [*narrow(left, left - 1), word.eq(word[len(out):])]
        return m
