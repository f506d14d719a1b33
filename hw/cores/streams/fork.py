"""The beginning of a shortcut."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from .ring import Ring
from .stream import lanes_layout, pipe


class Fork(wiring.Component):
    """Passes words on, one cycle later, and keeps a copy of each in a `Ring` until the join takes it.

    No word is taken while the ring is full: ``depth`` is at least what the stages up to the join must have before they
    give anything, so that these never wait for words which the ring keeps away.

    Parameters
    ----------
    core : quant.dataflow.cores.Fork

    Members
    -------
    i, o : streams of ``lanes_layout(core, lanes)``
    shortcut : ``Out(stream.Signature(lanes_layout(core, lanes)))``
        The same words again.
    """

    def __init__(self, core: cores.Fork) -> None:
        self.core = core
        words = stream.Signature(lanes_layout(core, core.lanes))
        super().__init__({"i": In(words), "o": Out(words), "shortcut": Out(words)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.ring = ring = Ring(lanes_layout(self.core, self.core.lanes), self.core.depth)
        free, accept = flags("free accept")
        m.d.comb += [
            free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(free & ring.i.ready),
            accept.eq(self.i.valid & self.i.ready), ring.i.valid.eq(accept), ring.i.payload.eq(self.i.payload),
        ]
        pipe(m, ring.o, wiring.flipped(self.shortcut))
        with m.If(free):
            m.d.sync += self.o.valid.eq(self.i.valid & ring.i.ready)
        with m.If(accept):
            m.d.sync += self.o.payload.eq(self.i.payload)
        return m
