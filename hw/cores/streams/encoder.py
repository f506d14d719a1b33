"""Coding of pixels: as spike times, as they are, or as the spike trains that they hold."""

from collections.abc import Callable

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores
from quant.description.spike_coding import Binary, Times, Trains
from quant.kinds import Kinds

from ..widths import narrow
from .stream import lanes_layout, outside_layout


def _time(pixel: Value, planes: int) -> Value:
    return Mux(pixel == 0, planes, _product((255 - pixel).as_unsigned()[:8], planes) >> 8)


def _product(value: Value, factor: int) -> Value:
    """Product in shifts and adders, not in a multiplier of the device, which is slower than one adder."""
    if factor == 1:
        return value
    top = factor.bit_length()
    if factor & 1 << top - 2 and factor & factor - 1:  # such as 7 = 8 - 1
        return ((value << top) - _product(value, (1 << top) - factor)).as_unsigned()
    rest = factor - (1 << top - 1)
    return (value << top - 1) + _product(value, rest) if rest else value << top - 1


PIXELS: Kinds[Callable[[Value, int], Value]] = Kinds("spike coding of pixels with hardware")
"""Pixel and planes to its value."""
PIXELS[Times.kind] = _time
PIXELS[Binary.kind] = lambda pixel, planes: pixel
PIXELS[Trains.kind] = lambda pixel, planes: pixel[:planes]


class Encoder(wiring.Component):
    """Pixel p to spike time ``((255 - p) * bit_planes) >> 8``, or ``bit_planes`` (never) for 0; or p, or its low bits.

    Two cycles later: pixels, which come from a block RAM, are registered first.

    Parameters
    ----------
    core : quant.dataflow.cores.Encoder
    encoded : bool
        The values themselves come in place of pixels, and are passed on as they are.

    Members
    -------
    i : ``In(stream.Signature(outside_layout(8, lanes)))``, or of the width of a value
    o : ``Out(stream.Signature(lanes_layout(core, lanes)))``
    """

    def __init__(self, core: cores.Encoder, *, encoded: bool = False) -> None:
        self.core, self.encoded = core, encoded
        super().__init__({"i": In(stream.Signature(outside_layout(core.lane_width if encoded else 8, core.lanes))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes)))})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        pixel = Signal.like(self.i.payload)
        arrives = Signal()
        with m.If(self.i.ready):
            m.d.sync += [arrives.eq(self.i.valid), pixel.eq(self.i.payload), self.o.valid.eq(arrives)]
            for lane in range(self.core.lanes):
                m.d.sync += narrow(self.o.payload[lane], self._value(pixel if self.core.lanes == 1 else pixel[lane]))
        return m

    def _value(self, pixel: Value) -> Value:
        return pixel if self.encoded else PIXELS[self.core.spike_coding.kind](pixel, self.core.bit_planes)
