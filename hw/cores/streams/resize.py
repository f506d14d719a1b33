"""Pictures of a camera to images of a network."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores
from quant.dataflow.cores.resize import LUMA

from ..widths import narrow
from .stream import counter


class Resize(wiring.Component):
    """Mean over each box of the part of a picture that counts; two cycles after the box's last value.

    A row of sums lies in memory, read with each value and written back in the next cycle. Grey is
    ``(77 R + 150 G + 29 B + 128) >> 8``. A value is taken in each cycle in which no output waits.

    Parameters
    ----------
    core : quant.dataflow.cores.resize.Resize

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``
        Pixels in the order row, column, channel.
    o : ``Out(stream.Signature(unsigned(8)))``
        In the same order, those of the image.
    """

    i: In(stream.Signature(unsigned(8)))
    o: Out(stream.Signature(unsigned(8)))

    def __init__(self, core: cores.Resize) -> None:
        self.core = core
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        core = self.core
        channels, rows, columns = core.output_shape
        free = Signal()
        accept = self.i.valid & free
        channel, channel_last = counter(m, "channel", core.channels, accept)
        x, x_last = counter(m, "x", core.width, accept & channel_last)
        y, _ = counter(m, "y", core.height, accept & channel_last & x_last)
        value, whole = self._value(m, channel, channel_last, accept)
        column = (x - core.left)[:len(x)]
        row = (y - core.top)[:len(y)]
        counts = Signal()
        m.d.comb += counts.eq((x >= core.left) & (x < core.left + columns * core.factor)
                              & (y >= core.top) & (y < core.top + rows * core.factor))
        small = core.factor.bit_length() - 1  # bits of a place within a box
        inside = [place[:small] for place in (column, row)]
        first, ends = (Signal(name=name) for name in ("first", "ends"))
        sums = Memory(shape=unsigned(8 + core.bits), depth=columns * channels, init=[])
        m.submodules.sums = sums
        write = sums.write_port()
        read = sums.read_port(domain="sync", transparent_for=[write])
        address = column[small:] * channels + (0 if core.grey else channel)
        word = Signal(8)
        total = Signal(8 + core.bits)
        arrives = Signal()
        mean = (total + core.half) >> core.bits
        with m.If(free):
            m.d.sync += [arrives.eq(accept & counts & whole), word.eq(value), write.addr.eq(address),
                         first.eq(~Cat(inside).any()), ends.eq(Cat(inside).all()),
                         self.o.valid.eq(arrives & ends)]
        with m.If(free & arrives & ends):
            m.d.sync += narrow(self.o.payload, 255 - mean if core.invert else mean)
        m.d.comb += [total.eq(Mux(first, 0, read.data) + word), write.data.eq(total), write.en.eq(free & arrives),
                     read.addr.eq(address), read.en.eq(accept), free.eq(~self.o.valid | self.o.ready),
                     self.i.ready.eq(free)]
        return m

    def _value(self, m, channel, channel_last, accept):
        """The value that counts, and whether it is complete: a pixel's grey with its last channel, or the value."""
        if not self.core.grey:
            return self.i.payload, 1
        weighed = Signal(16)
        sofar = Signal(16, init=128)
        with m.Switch(channel):
            for place, weight in enumerate(LUMA):
                with m.Case(place):
                    m.d.comb += weighed.eq(self.i.payload * weight)
        with m.If(accept):
            m.d.sync += sofar.eq(Mux(channel_last, 128, sofar + weighed))
        return (sofar + weighed)[8:16], channel_last
