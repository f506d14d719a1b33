"""Neurons of the last layer: their potentials, tick by tick."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ..streams.stream import counter, potentials_layout, sums_layout
from ..synapses.tick_words import TickWords
from .lane import neuron


class OutputNeurons(wiring.Component):
    """Gives V after each tick, and whether V >= threshold, for every channel group in turn; one cycle later.

    All channel groups of a tick come before the next tick, so the state of the groups moves round a ring.

    Parameters
    ----------
    core : quant.dataflow.cores.OutputNeurons

    Members
    -------
    i : ``In(stream.Signature(sums_layout(core, ticks)))``
    o : ``Out(stream.Signature(potentials_layout(core)))``
        ``groups`` words a tick.
    """

    def __init__(self, core: cores.OutputNeurons) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(sums_layout(core, core.ticks))),
                          "o": Out(stream.Signature(potentials_layout(core)))})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.words = words = TickWords(core, groups=core.groups)
        wiring.connect(m, wiring.flipped(self.i), words.i)
        step = Signal()
        group, group_last = counter(m, "group", core.groups, step)
        tick, last = counter(m, "tick", core.steps, step & group_last)
        m.d.comb += [words.o.ready.eq(~self.o.valid | self.o.ready), step.eq(words.o.valid & words.o.ready)]
        with m.If(words.o.ready):
            m.d.sync += self.o.valid.eq(step)
        for channel in range(core.channels):
            ring = [neuron(core, f"lane{channel}_{place}") for place in range(core.groups)]
            after, reached = ring[0].tick(words.o.payload[channel], channel, group, tick)
            m.d.comb += ring[0].assignment
            with m.If(step):
                m.d.sync += ring[0].guards
                m.d.sync += [self.o.payload[channel].potential.eq(after[0]), self.o.payload[channel].fired.eq(reached)]
                for lane, source in zip(ring, ring[1:], strict=False):
                    m.d.sync += [a.eq(b) for a, b in zip(lane.registers, source.registers, strict=True)]
                m.d.sync += [register.eq(Mux(last, 0, value))
                             for register, value in zip(ring[-1].registers, after, strict=True)]
        return m
