"""Neurons of the last layer: their potentials, tick by tick."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ..store import writable
from ..streams.stream import counter, potentials_layout, sums_layout
from ..synapses.tick_words import TickWords
from .lane import Ahead, after, loaded_integers, neuron


class OutputNeurons(wiring.Component):
    """Gives V after each tick, and whether V >= threshold, for every channel group in turn; two cycles later.

    All channel groups of a tick come before the next tick, so the state of the groups moves round a ring.

    Parameters
    ----------
    core : quant.dataflow.cores.OutputNeurons
    reload : bool
        Whether thresholds can be written while no input is on its way.

    Members
    -------
    i : ``In(stream.Signature(sums_layout(core, ticks)))``
    o : ``Out(stream.Signature(potentials_layout(core)))``
        ``groups`` words a tick.
    write : ``In(write_signature(...))``
        With ``reload``.
    """

    def __init__(self, core: cores.OutputNeurons, *, reload: bool = False) -> None:
        self.core, self.reload = core, reload
        super().__init__({"i": In(stream.Signature(sums_layout(core, core.ticks))),
                          "o": Out(stream.Signature(potentials_layout(core))),
                          **(writable(core) if reload else {})})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.words = words = TickWords(core, groups=core.groups)
        wiring.connect(m, wiring.flipped(self.i), words.i)
        step = Signal()
        group, group_last = counter(m, "group", core.groups, step)
        tick, last = counter(m, "tick", core.steps, step & group_last)
        compares, free = Signal(), Signal()
        moves = words.o.ready
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), moves.eq(free | ~compares),
                     step.eq(words.o.valid & moves)]
        with m.If(free):
            m.d.sync += self.o.valid.eq(compares)
        with m.If(moves):
            m.d.sync += compares.eq(step)
        loaded = loaded_integers(m, self, group, group_last, step, moves)
        computed = Ahead(m, after(group, group_last, step), after(tick, last, step & group_last))
        compared_group = Ahead(m, group, enable=moves)
        for channel in range(core.channels):
            ring = [neuron(core, f"lane{channel}_{place}", loaded) for place in range(core.groups)]
            grown, compared = ring[0].tick(words.o.payload[channel], channel, computed, tick)
            potential = Signal.like(ring[0].potential, name=f"potential{channel}")
            kept = Signal.like(compared, name=f"compared{channel}")
            fires = ring[0].fires(kept, channel, compared_group)
            m.d.comb += ring[0].assignment
            with m.If(free):
                m.d.sync += [self.o.payload[channel].potential.eq(potential),
                             self.o.payload[channel].fired.eq(fires)]
            with m.If(step):
                m.d.sync += [*ring[0].guards, potential.eq(grown[0]), kept.eq(compared)]
                for lane, source in zip(ring, ring[1:], strict=False):
                    m.d.sync += [a.eq(b) for a, b in zip(lane.registers, source.registers, strict=True)]
                m.d.sync += [register.eq(Mux(last, 0, value))
                             for register, value in zip(ring[-1].registers, grown, strict=True)]
        return m
