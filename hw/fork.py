"""The beginning of a shortcut."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant import cores

from .stream import counter, lanes_layout
from .widths import narrow


class Fork(wiring.Component):
    """Passes words on, one cycle later, and keeps a copy of each in a ring until the join takes it.

    No word is taken while the ring is full: ``depth`` is at least what the stages up to the join must have before they
    give anything, so that these never wait for words which the ring keeps away. A word is shown from the second cycle
    after its transfer on, since a block RAM is read a cycle after it is written.

    Parameters
    ----------
    core : quant.cores.Fork

    Members
    -------
    i, o : streams of ``lanes_layout(core, lanes)``
    shortcut : ``Out(stream.Signature(lanes_layout(core, lanes)))``
        The same words again.
    """

    def __init__(self, core: cores.Fork) -> None:
        self.core = core
        words = stream.Signature(lanes_layout(core, core.lanes))
        super().__init__({"i": In(words), "o": Out(words), "shortcut": Out(words)})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.ring = ring = Memory(shape=unsigned(len(self.i.payload.as_value())), depth=core.depth, init=[])
        write, read = ring.write_port(), ring.read_port(domain="sync")
        held, shown = Signal(range(core.depth + 1)), Signal(range(core.depth + 1))
        accept, take, free = Signal(), Signal(), Signal()
        first, _ = counter(m, "first", core.depth, take)
        m.d.comb += [
            free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(free & (held != core.depth)),
            accept.eq(self.i.valid & self.i.ready), take.eq(self.shortcut.valid & self.shortcut.ready),
            self.shortcut.valid.eq(shown != 0), self.shortcut.payload.as_value().eq(read.data),
            write.en.eq(accept), write.data.eq(self.i.payload.as_value()), read.addr.eq(first + take),  # wraps
        ]
        m.d.sync += [*narrow(shown, held - take), *narrow(held, held + accept - take),
                     write.addr.eq(write.addr + accept)]  # wraps
        with m.If(free):
            m.d.sync += self.o.valid.eq(self.i.valid & (held != core.depth))
        with m.If(accept):
            m.d.sync += self.o.payload.eq(self.i.payload)
        return m
