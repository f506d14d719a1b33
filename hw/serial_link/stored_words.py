"""Stored images in words of several values, for a core that takes such."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.serial_link.protocol import MAX_COUNT

from ..cores.streams.stream import counter, outside_layout


class StoredWords(wiring.Component):
    """Streams the stored images in turn, with no gap.

    Parameters
    ----------
    contents : quant.serial_link.contents.Contents
        With test vectors.

    Members
    -------
    start, images : In
        Stream so many images, at least 1; the first word is valid three cycles later. Nothing is streamed then.
    o : ``Out(stream.Signature(outside_layout(coding.width, lanes)))``
    """

    def __init__(self, contents):
        self.contents = contents
        self.layout = outside_layout(contents.coding.width, contents.lanes)
        super().__init__({"start": In(1), "images": In(range(MAX_COUNT + 1)), "o": Out(stream.Signature(self.layout))})

    def elaborate(self, platform):
        m = Module()
        content = self.contents.words
        m.submodules.memory = memory = Memory(shape=self.layout.size, depth=len(content), init=content)
        read = memory.read_port()
        reads, latched, free, step = Signal(), Signal(), Signal(), Signal()
        left = Signal.like(self.images)
        _, ends = counter(m, "word", len(content) // len(self.contents.stored), step)
        address, _ = counter(m, "address", len(content), step)
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), step.eq(reads & free),
                     read.en.eq(free), read.addr.eq(address)]
        with m.If(free):
            m.d.sync += [latched.eq(reads), self.o.valid.eq(latched), self.o.payload.eq(read.data)]
        with m.If(step & ends):
            m.d.sync += [left.eq(left - 1), reads.eq(left != 1)]
        with m.If(self.start):
            m.d.sync += [left.eq(self.images), reads.eq(1), address.eq(0)]
        return m
