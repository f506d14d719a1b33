"""Words between two clock domains, or two parts of one."""

from amaranth.hdl import Module, ResetSignal, Shape
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import AsyncFIFO, SyncFIFO
from amaranth.lib.wiring import In, Out

DEPTH = 16  # of an AsyncFIFO: it takes some cycles of both clocks until a place is known to be free


class Crossing(wiring.Component):
    """A FIFO of Amaranth's library: of 2 words within a domain, which cuts the path of readies, else of `DEPTH`.

    Nothing leaves it while the domain of ``o`` is in reset, since what is there would not hear of it.

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    source, sink : str
        Clock domains of ``i`` and ``o``. The reset of ``source`` empties the FIFO.

    Members
    -------
    i, o : streams of ``shape``
    """

    def __init__(self, shape, *, source="sync", sink="sync"):
        self.source, self.sink = source, sink
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        width = Shape.cast(self.i.payload.shape()).width
        m.submodules.fifo = fifo = (
            SyncFIFO(width=width, depth=2) if self.source == self.sink else
            AsyncFIFO(width=width, depth=DEPTH, w_domain=self.source, r_domain=self.sink, exact_depth=True))
        awake = ~ResetSignal(self.sink, allow_reset_less=True)
        wiring.connect(m, wiring.flipped(self.i), fifo.w_stream)
        m.d.comb += [self.o.payload.eq(fifo.r_data), self.o.valid.eq(fifo.r_rdy & awake),
                     fifo.r_en.eq(self.o.ready & awake)]
        return m
