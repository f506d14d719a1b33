"""The core between frames of words: images in, results out, errors of frames with them."""

import math

from amaranth.hdl import DomainRenamer, Module
from amaranth.lib import data, stream, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import In, Out

from ..accelerator import Accelerator
from ..cores.streams.stream import pipe
from .crossing import Crossing
from .frames import ERRORS, FrameReader, Unpack, frame_layout
from .results import WORD, WORDS, ResultWriter

INSIDE = 16  # images that may be in the core; with more the next waits, and nothing else changes
RESULT_WORD = data.StructLayout({"data": WORD, "last": 1, "errors": ERRORS})


class FramedAccelerator(wiring.Component):
    """Accelerator that gives one result for each frame, in order, however long the frame was.

    Parameters
    ----------
    core : Accelerator
        It becomes a submodule.
    pixels : int
        Of an image.
    lanes : int
        Pixels of a word.
    domain : str
        Clock domain of the core; all else is in ``sync``. Its reset comes with that of ``sync``, and ends no sooner.

    Members
    -------
    i : ``In(stream.Signature(frame_layout(8 * lanes)))``
        Pixels in the order row, column, channel, the lowest byte of a word first.
    o : ``Out(stream.Signature(RESULT_WORD))``
        Words of results, as of `hw.buses.results.ResultWriter`, each with the errors of the image's frame.
    frames, short, long : Out(1)
        A frame, one that was too short, one that was too long, came to its end, or to where it should have ended.
    results : Out(1)
        The last word of a result was taken.
    busy : Out(1)
        There are frames without their result.
    hold : In(1)
        Of a core that takes other networks: begin no frame. Only while it is not ``busy`` the core is written.
    """

    def __init__(self, core: Accelerator, *, pixels: int, lanes: int, domain: str = "sync") -> None:
        self.core, self.pixels, self.lanes, self.domain = core, pixels, lanes, domain
        super().__init__({"i": In(stream.Signature(frame_layout(8 * lanes))), "o": Out(stream.Signature(RESULT_WORD)),
                          "frames": Out(1), "short": Out(1), "long": Out(1), "results": Out(1), "busy": Out(1),
                          **({"hold": In(1)} if core.layout else {})})

    def elaborate(self, platform):
        m = Module()
        core, ends = self.core, {"source": self.domain, "sink": self.domain}
        writer = ResultWriter(core.o.signature.members["payload"].shape)
        m.submodules.words = words = Crossing(frame_layout(8 * self.lanes))
        m.submodules.unpack = unpack = Unpack(self.lanes)
        m.submodules.reader = reader = FrameReader(self.pixels, math.ceil(self.pixels / self.lanes) * self.lanes)
        m.submodules.pixels = pixels = Crossing(core.i.signature.members["payload"].shape, **ends | {"source": "sync"})
        m.submodules.core, m.submodules.writer = (DomainRenamer(self.domain)(part) for part in (core, writer))
        m.submodules.results = results = Crossing(WORDS, **ends | {"sink": "sync"})
        m.submodules.errors = errors = SyncFIFO(width=ERRORS.size, depth=INSIDE)
        pipe(m, wiring.flipped(self.i), words.i)
        pipe(m, words.o, unpack.i)
        if self.core.layout:
            begins = ~self.hold | reader.inside
            m.d.comb += [reader.i.payload.eq(unpack.o.payload), reader.i.valid.eq(unpack.o.valid & begins),
                         unpack.o.ready.eq(reader.i.ready & begins)]
        else:
            pipe(m, unpack.o, reader.i)
        pipe(m, reader.o, pixels.i)
        pipe(m, pixels.o, core.i)
        pipe(m, core.o, writer.i)
        pipe(m, writer.o, results.i)
        m.d.comb += [
            errors.w_data.eq(reader.errors.payload), errors.w_en.eq(reader.errors.valid),
            reader.errors.ready.eq(errors.w_rdy),
            self.o.p.data.eq(results.o.p.data), self.o.p.last.eq(results.o.p.last),
            self.o.p.errors.as_value().eq(errors.r_data),
            self.o.valid.eq(results.o.valid & errors.r_rdy), results.o.ready.eq(self.o.ready & errors.r_rdy),
            self.results.eq(self.o.valid & self.o.ready & self.o.p.last), errors.r_en.eq(self.results),
            self.frames.eq(reader.errors.valid), self.short.eq(self.frames & reader.errors.p.short),
            self.long.eq(self.frames & reader.errors.p.long), self.busy.eq(reader.inside | errors.r_rdy),
        ]
        return m
