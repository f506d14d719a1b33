"""Coding of pixels: as spike times, or as they are."""

from amaranth.hdl import Module, Mux, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores
from quant.description.spike_coding import Binary

from ..widths import narrow
from .stream import lanes_layout


class Encoder(wiring.Component):
    """Pixel p to spike time ``((255 - p) * bit_planes) >> 8``, or ``bit_planes`` (never) if p == 0; or to p.

    One cycle later.

    Parameters
    ----------
    core : quant.dataflow.cores.Encoder

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``
    o : ``Out(stream.Signature(lanes_layout(core, 1)))``
    """

    def __init__(self, core: cores.Encoder) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(unsigned(8))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes)))})

    def elaborate(self, platform):
        m = Module()
        pixel, planes = self.i.payload, self.core.bit_planes
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        time = Mux(pixel == 0, planes, (255 - pixel).as_unsigned()[:8] * planes >> 8)
        value = pixel if self.core.spike_coding is Binary else time
        with m.If(self.i.ready):
            m.d.sync += [self.o.valid.eq(self.i.valid), *narrow(self.o.payload[0], value)]
        return m
