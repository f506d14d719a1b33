"""Both ends of a shortcut, around a branch that passes every number on."""

from amaranth.hdl import Assert, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.cores.streams.fork import Fork
from hw.cores.synapses.join import Join
from quant.dataflow import cores
from tests.formal.engine import reach
from tests.formal.specifications.follow import Groups
from tests.formal.specifications.stream import Promise


class Around(wiring.Component):
    """A fork, a branch without a register, and the join; n is the number itself.

    Parameters
    ----------
    fork : quant.dataflow.cores.Fork
    join : quant.dataflow.cores.Join
        Of words that carry one number a channel.
    """

    def __init__(self, fork: cores.Fork, join: cores.Join) -> None:
        self.core, self.fork, self.join = join, Fork(fork), Join(join)
        super().__init__({"i": In(self.fork.i.signature.flip()), "o": Out(self.join.o.signature)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.fork, m.submodules.join = fork, join = self.fork, self.join
        wiring.connect(m, wiring.flipped(self.i), fork.i)
        wiring.connect(m, fork.shortcut, join.shortcut)
        wiring.connect(m, join.o, wiring.flipped(self.o))
        m.d.comb += [join.i.valid.eq(fork.o.valid), fork.o.ready.eq(join.i.ready)]
        m.d.comb += [join.i.payload[channel][0].eq(fork.o.payload[channel]) for channel in range(self.core.channels)]
        return m


PROMISE = Promise([0], 1, late=4, wait=2)


class Joined(Groups):
    """Every output word is an input word times its gain, and shifted: none is lost, doubled or out of order."""

    def __init__(self, dut: Around) -> None:
        super().__init__(dut, PROMISE, [[0]])

    def claims(self, m: Module) -> None:
        """The output is made of its own input word alone, at both ends of the shortcut."""
        core: cores.Join = self.described
        belongs, _, _ = self.collect(m)
        for channel in range(core.channels):
            kept = Signal(signed(core.sum_width + 1), name=f"kept{channel}")
            with m.If(belongs):
                m.d.sync += kept.eq(self.dut.i.payload[channel] * (2**core.shift + core.gains[channel]))
            with m.If(self.answers):
                m.d.comb += Assert(self.dut.o.payload[channel][0] == kept)
        reach(m, answer=self.answers & (kept != 0), other=self.answers & (kept == 0), stall=self.stalled)
