"""Words that wait, in block RAM.

Not `amaranth.lib.fifo.SyncFIFOBuffered`, which is smaller on one family and larger on the other: for 256 words of 16
bits 80 LUT4 and 67 flip-flops on iCE40, and 66 LUT4, 16 carries of two LUTs and 67 flip-flops on ECP5; this 89 and 76,
and 45, 22 and 76.
"""

from amaranth.hdl import Module, Shape, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from ..widths import narrow
from .stream import counter


class Ring(wiring.Component):
    """A queue of at most ``depth`` words.

    A word is shown from the second cycle after its transfer on, since a block RAM is read a cycle after it is written.

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    depth : int
        A power of two, at least 2, so that addresses wrap by themselves.

    Members
    -------
    i, o : streams of ``shape``
    """

    def __init__(self, shape, depth: int) -> None:
        self.depth = depth
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        width = Shape.cast(self.signature.members["i"].signature.members["payload"].shape).width
        m.submodules.ring = ring = Memory(shape=unsigned(width), depth=self.depth, init=[])
        write, read = ring.write_port(), ring.read_port(domain="sync")
        held, shown = Signal(range(self.depth + 1)), Signal(range(self.depth + 1))
        accept, take = Signal(), Signal()
        first, _ = counter(m, "first", self.depth, take)
        m.d.comb += [
            self.i.ready.eq(held != self.depth), accept.eq(self.i.valid & self.i.ready),
            self.o.valid.eq(shown != 0), take.eq(self.o.valid & self.o.ready),
            write.en.eq(accept), write.data.eq(self.i.payload), read.addr.eq(first + take),  # wraps
            self.o.payload.eq(read.data),
        ]
        m.d.sync += [*narrow(shown, held - take), *narrow(held, held + accept - take),
                     write.addr.eq(write.addr + accept)]  # wraps
        return m
