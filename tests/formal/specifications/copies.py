"""Copies, around networks of which nothing is known but that each gives a result an image."""

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.cores.streams.copies import Copies as Component
from hw.cores.streams.stream import result_layout
from quant.dataflow import cores
from tests.formal.specifications import follow
from tests.formal.specifications.stream import Promise, Specification


class AnyNetwork(wiring.Component):
    """Takes the words of an image, and gives them all as its result; both only in cycles in which it may.

    Parameters
    ----------
    core : quant.dataflow.cores.Copies
        Whose result has as many bits as an image.
    """

    def __init__(self, core: cores.Copies) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(unsigned(8))), "may": In(1),
                          "o": Out(stream.Signature(result_layout(core.readout)))})

    def elaborate(self, platform):
        m = Module()
        words, i, o = self.core.words, self.i, self.o
        held, taken = Signal(8 * words), Signal(range(words + 1))
        m.d.comb += [i.ready.eq(self.may & (taken < words)), Value.cast(o.payload).eq(held)]
        with m.If(i.valid & i.ready):
            m.d.sync += [held.word_select(taken, 8).eq(i.payload), taken.eq(taken + 1)]
        with m.If(self.may & (taken == words)):
            m.d.sync += o.valid.eq(1)
        with m.If(o.valid & o.ready):
            m.d.sync += [o.valid.eq(0), taken.eq(0)]
        return m


class Around(wiring.Component):
    """Copies and their networks; ``may`` has a bit for each, and lets them all work unless something drives it."""

    def __init__(self, core: cores.Copies) -> None:
        self.core, self.copies = core, Component(core)
        ends = self.copies.signature.members
        super().__init__({"i": ends["i"], "o": ends["o"], "may": In(core.number, init=2**core.number - 1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.copies = copies = self.copies
        wiring.connect(m, wiring.flipped(self.i), copies.i)
        wiring.connect(m, copies.o, wiring.flipped(self.o))
        for place in range(self.core.number):
            m.submodules[f"network{place}"] = network = AnyNetwork(self.core)
            wiring.connect(m, copies.images[place], network.i)
            wiring.connect(m, network.o, copies.results[place])
            m.d.comb += network.may.eq(self.may[place])
        return m


def promise(core: cores.Copies) -> Promise:
    """Promise of a result an image, from networks that work in every cycle."""
    return Promise([0] * core.words, 1, late=1, wait=3)


class InOrder(follow.Copies):
    """Every result is that of the next image, whole, however long each network takes."""

    def __init__(self, dut: Around) -> None:
        self.source, self.parts, self.width, self.constant = self._image, 1, 8, 0
        Specification.__init__(self, dut, promise(dut.core), mark=In(1), part=In(range(2)), may=In(dut.core.number))

    def _image(self, _: int) -> list[follow.Source]:
        return [(word, 0) for word in range(self.dut.core.words)]

    def claims(self, m: Module) -> None:
        """Claim it of networks that may stall in any cycle."""
        m.d.comb += self.dut.may.eq(self.may)
        super().claims(m)
