"""Credit-based flow control: a pipeline without stalls."""

from amaranth.hdl import Assert, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from ..widths import narrow
from .ring import Ring
from .stream import counter, lanes_layout


class Credits(wiring.Component):
    """Lets the words of a result into a pipeline when a place in the queue behind it is free.

    So the pipeline is always ready, but in the cycle after reset, in which nothing is let in; and none of its registers
    has a clock enable that hangs on what comes behind. A credit is free in the second cycle after its result left.

    Parameters
    ----------
    core : quant.dataflow.cores.Credits

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core.taken, core.taken_lanes)))``
    enters : ``Out`` of the same
        To the pipeline.
    leaves : ``In(stream.Signature(lanes_layout(core, lanes)))``
        From the pipeline, a word for ``period`` words; always ready.
    o : ``Out`` of the same
    """

    def __init__(self, core: cores.Credits) -> None:
        self.core = core
        words = stream.Signature(lanes_layout(core.taken, core.taken_lanes))
        self.result = lanes_layout(core, core.lanes)
        results = stream.Signature(self.result)
        super().__init__({"i": In(words), "enters": Out(words), "leaves": In(results), "o": Out(results)})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.ring = ring = Ring(self.result, core.depth)
        wiring.connect(m, ring.o, wiring.flipped(self.o))
        left = Signal(range(core.depth + 1), init=core.depth)
        first = Signal(init=1)
        first_next, may = flags("first_next may")
        accept, lent, returned = flags("accept lent returned")
        _, last = counter(m, "word", core.period, accept)
        m.d.comb += [
            self.enters.valid.eq(self.i.valid & may), self.enters.payload.eq(self.i.payload),
            self.i.ready.eq(may), accept.eq(self.i.valid & self.i.ready),
            first_next.eq((last & accept) | (first & ~accept)), lent.eq(accept & first),
            ring.i.valid.eq(self.leaves.valid), ring.i.payload.eq(self.leaves.payload), self.leaves.ready.eq(1)]
        m.d.sync += [returned.eq(self.o.valid & self.o.ready), first.eq(first_next),
                     may.eq(~first_next | (left[1:] != 0) | Mux(lent, returned, left[0] | returned)),
                     Assert(~self.leaves.valid | ring.i.ready), Assert(~self.enters.valid | self.enters.ready)]
        with m.If(lent & ~returned):
            m.d.sync += narrow(left, left - 1)
        with m.Elif(returned & ~lent):
            m.d.sync += narrow(left, left + 1)
        return m
