"""Words that wait, in block RAM."""

from amaranth.hdl import Module, Shape
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out


class Ring(wiring.Component):
    """A FIFO of Amaranth's library, of at most ``depth`` words, between streams of one payload shape.

    A word is shown from the second cycle after its transfer on, since a block RAM is read a cycle after it is written.

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    depth : int
        At least 3: in a smaller one a place is free later than in the cycle after its word left.
    """

    def __init__(self, shape, depth: int) -> None:
        self.depth = depth
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        width = Shape.cast(self.i.payload.shape()).width
        m.submodules.fifo = fifo = SyncFIFOBuffered(width=width, depth=self.depth)
        wiring.connect(m, wiring.flipped(self.i), fifo.w_stream)
        wiring.connect(m, fifo.r_stream, wiring.flipped(self.o))
        return m
