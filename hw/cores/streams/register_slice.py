"""Register slice: cuts the path of readies between two cores."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .stream import lanes_layout


class RegisterSlice(wiring.Component):
    """Passes words on, one cycle later; a second register takes the word that comes while the first is stalled.

    Valid, payload and ready are registers, and a word moves every cycle.

    Parameters
    ----------
    core : quant.dataflow.cores.RegisterSlice

    Members
    -------
    i, o : streams of ``lanes_layout(core, lanes)``
    """

    def __init__(self, core: cores.RegisterSlice) -> None:
        self.core = core
        words = stream.Signature(lanes_layout(core, core.lanes))
        super().__init__({"i": In(words), "o": Out(words)})

    def elaborate(self, platform):
        m = Module()
        waits = Signal()
        waiting = Signal(len(self.i.payload.as_value()))
        m.d.comb += self.i.ready.eq(~waits)
        with m.If(~waits):
            m.d.sync += waiting.eq(self.i.payload.as_value())
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += [waits.eq(0), self.o.valid.eq(waits | self.i.valid),
                         self.o.payload.as_value().eq(Mux(waits, waiting, self.i.payload.as_value()))]
        with m.Elif(self.i.valid):
            m.d.sync += waits.eq(1)
        return m
