"""Coding of pixels: as spike times, or as they are."""

from collections.abc import Callable

from amaranth.hdl import Module, Mux, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores
from quant.description.spike_coding import Binary, Times
from quant.kinds import Kinds

from ..widths import narrow
from .stream import lanes_layout


def _time(pixel: Value, planes: int) -> Value:
    return Mux(pixel == 0, planes, (255 - pixel).as_unsigned()[:8] * planes >> 8)


PIXELS: Kinds[Callable[[Value, int], Value]] = Kinds("spike coding of pixels with hardware")
"""Pixel and planes to its value."""
PIXELS[Times.kind] = _time
PIXELS[Binary.kind] = lambda pixel, planes: pixel


class Encoder(wiring.Component):
    """Pixel p to spike time ``((255 - p) * bit_planes) >> 8``, or ``bit_planes`` (never) if p == 0; or to p.

    One cycle later.

    Parameters
    ----------
    core : quant.dataflow.cores.Encoder
    encoded : bool
        The values themselves come in place of pixels, and are passed on as they are.

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``, or of the width of a value
    o : ``Out(stream.Signature(lanes_layout(core, 1)))``
    """

    def __init__(self, core: cores.Encoder, *, encoded: bool = False) -> None:
        self.core, self.encoded = core, encoded
        super().__init__({"i": In(stream.Signature(unsigned(core.lane_width if encoded else 8))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes)))})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        value = self.i.payload
        if not self.encoded:
            value = PIXELS[self.core.spike_coding.kind](value, self.core.bit_planes)
        with m.If(self.i.ready):
            m.d.sync += [self.o.valid.eq(self.i.valid), *narrow(self.o.payload[0], value)]
        return m
