"""Frames of words: an image in a frame, and what is wrong with a frame that is none."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..cores.widths import narrow

ERRORS = data.StructLayout({"short": 1, "long": 1})
"""What was wrong with a frame: it ended before its image, or went on behind it."""


def frame_layout(width):
    """A word of so many bits, and whether it is the last of its frame."""
    return data.StructLayout({"data": unsigned(width), "last": 1})


class Unpack(wiring.Component):
    """Pixels of words, the lowest byte first; the last of a word is ``last`` if the word is.

    Parameters
    ----------
    lanes : int
        Pixels of a word.

    Members
    -------
    i : ``In(stream.Signature(frame_layout(8 * lanes)))``
    o : ``Out(stream.Signature(frame_layout(8)))``
    """

    def __init__(self, lanes):
        self.lanes = lanes
        super().__init__({"i": In(stream.Signature(frame_layout(8 * lanes))),
                          "o": Out(stream.Signature(frame_layout(8)))})

    def elaborate(self, platform):
        m = Module()
        lane = Signal(range(max(self.lanes, 2)))
        ends = Signal()
        m.d.comb += [ends.eq(lane == self.lanes - 1), self.o.valid.eq(self.i.valid),
                     self.o.p.data.eq(self.i.p.data.word_select(lane, 8)), self.o.p.last.eq(self.i.p.last & ends),
                     self.i.ready.eq(self.o.ready & ends)]
        with m.If(self.i.valid & self.o.ready):
            m.d.sync += narrow(lane, Mux(ends, 0, lane + 1))
        return m


class FrameReader(wiring.Component):
    """Exactly one image of each frame, whatever its length, and what was wrong with the frame.

    A frame of ``padded`` pixels is right: behind its image come those that fill its last word, which are dropped. What
    lacks of an image is 0; what comes behind it, up to the end of the frame, is dropped.

    Parameters
    ----------
    pixels, padded : int
        Of an image, and of a right frame.

    Members
    -------
    i : ``In(stream.Signature(frame_layout(8)))``
    o : ``Out(stream.Signature(unsigned(8)))``
        Pixels of images.
    errors : ``Out(stream.Signature(ERRORS))``
        One of each frame, by the time of the last pixel of its image. It must be ready without being valid.
    inside : Out(1)
        A frame has begun, and its image is not complete or it has not ended.
    """

    def __init__(self, pixels, padded):
        self.pixels, self.padded = pixels, padded
        super().__init__({"i": In(stream.Signature(frame_layout(8))), "o": Out(stream.Signature(unsigned(8))),
                          "errors": Out(stream.Signature(ERRORS)), "inside": Out(1)})

    def elaborate(self, platform):
        m = Module()
        at = Signal(range(self.padded + 1))
        filling, dropping, image, complete, takes, judged = (
            Signal(name=name) for name in ("filling", "dropping", "image", "complete", "takes", "judged"))
        m.d.comb += [
            image.eq(at < self.pixels), complete.eq(at == self.padded - 1), judged.eq(self.i.p.last | complete),
            self.o.payload.eq(Mux(filling, 0, self.i.p.data)),
            self.o.valid.eq(filling | self.i.valid & image & ~dropping & (self.errors.ready | ~judged)),
            self.i.ready.eq(dropping | ~filling & (self.o.ready | ~image) & (self.errors.ready | ~judged)),
            takes.eq(self.i.valid & self.i.ready),
            self.errors.valid.eq(takes & judged & ~dropping),
            self.errors.p.short.eq(~complete), self.errors.p.long.eq(~self.i.p.last),
            self.inside.eq(filling | dropping | (at != 0)),
        ]
        with m.If(filling):
            with m.If(self.o.ready):
                m.d.sync += [*narrow(at, Mux(at == self.pixels - 1, 0, at + 1)), filling.eq(at != self.pixels - 1)]
        with m.Elif(takes & dropping):
            m.d.sync += dropping.eq(~self.i.p.last)
        with m.Elif(takes & complete):
            m.d.sync += [at.eq(0), dropping.eq(~self.i.p.last)]
        with m.Elif(takes):
            rest = self.i.p.last & (at < self.pixels - 1)
            m.d.sync += [*narrow(at, Mux(self.i.p.last & ~rest, 0, at + 1)), filling.eq(rest)]
        return m
