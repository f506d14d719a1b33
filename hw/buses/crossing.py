"""Words between two clock domains, or two parts of one."""

from amaranth.hdl import Const, Module, ResetSignal, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import AsyncFFSynchronizer, FFSynchronizer
from amaranth.lib.fifo import AsyncFIFO, SyncFIFO
from amaranth.lib.wiring import In, Out

from ..names import flags

DEPTH = 16  # of an AsyncFIFO: it takes some cycles of both clocks until a place is known to be free


class Crossing(wiring.Component):
    """A FIFO of Amaranth's library: of 2 words within a domain, which cuts the path of readies, else of `DEPTH`.

    Nothing leaves it while the domain of ``o`` is in reset, since what is there would not hear of it. Nothing enters
    after a reset of ``source`` before all that came earlier is gone.

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
        dropping, opened = (Const(0), Const(1)) if self.source == self.sink else self._emptied(m, fifo)
        m.d.comb += [fifo.w_data.eq(self.i.payload), fifo.w_en.eq(self.i.valid & opened),
                     self.i.ready.eq(fifo.w_rdy & opened)]
        m.d.comb += [self.o.payload.eq(fifo.r_data), self.o.valid.eq(fifo.r_rdy & awake & ~dropping),
                     fifo.r_en.eq(self.o.ready & awake | dropping)]
        return m

    def _emptied(self, m, fifo):
        """Whether words of before a reset of ``source`` are dropped, and whether new ones may come.

        Amaranth's FIFO empties itself only where the sink sees the reset of the other side's counter in time.
        """
        dropping = Signal(init=1, reset_less=True)
        reset, opened = flags("reset opened")
        m.submodules.reset = AsyncFFSynchronizer(ResetSignal(self.source, allow_reset_less=True), reset,
                                                 o_domain=self.sink, stages=4)
        with m.If(reset):
            m.d[self.sink] += dropping.eq(1)
        with m.Elif(~fifo.r_rdy):
            m.d[self.sink] += dropping.eq(0)
        m.submodules.opened = FFSynchronizer(~(reset | dropping), opened, o_domain=self.source, reset_less=False)
        return reset | dropping, opened
