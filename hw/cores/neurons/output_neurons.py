"""Neurons of the last layer: their potentials, tick by tick."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from ..store import Ram, writable
from ..streams.stream import counter, potentials_layout, sums_layout
from ..synapses.tick_words import TickWords
from .lane import Ahead, Tick, after, loaded_integers, neuron


class OutputNeurons(wiring.Component):
    """Gives V after each tick, and whether V >= threshold, for every channel group in turn; two cycles later.

    All channel groups of a tick come before the next tick, so the state of several groups waits in a memory; the next
    group's is read while a group is computed.

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
        step, later = flags("step later")  # later: behind tick 0
        group, group_last = counter(m, "group", core.groups, step)
        tick, last = counter(m, "tick", core.steps, step & group_last)
        with m.If(step & group_last):
            m.d.sync += later.eq(~last)
        compares, free = flags("compares free")
        moves = words.o.ready
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), moves.eq(free | ~compares),
                     step.eq(words.o.valid & moves)]
        with m.If(free):
            m.d.sync += self.o.valid.eq(compares)
        with m.If(moves):
            m.d.sync += compares.eq(step)
        loaded = loaded_integers(m, self, group, group_last, step, moves)
        computed = Ahead(m, after(group, group_last, step))
        compared_group = Ahead(m, group, enable=moves)
        lanes = [neuron(core, f"lane{channel}", loaded) for channel in range(core.channels)]
        following: list[Signal] = []  # all registers of all lanes
        for channel, lane in enumerate(lanes):
            grown, compared = lane.tick(words.o.payload[channel], channel, computed, Tick(tick, later))
            potential = Signal.like(lane.potential, name=f"potential{channel}")
            kept = Signal.like(compared, name=f"compared{channel}")
            states = [Signal.like(register, name=f"{register.name}_after") for register in lane.registers]
            following += states
            m.d.comb += [lane.assignment, *(state.eq(value) for state, value in zip(states, grown, strict=True))]
            fires = lane.fires(kept, channel, compared_group)
            with m.If(free):
                m.d.sync += [self.o.payload[channel].potential.eq(potential),
                             self.o.payload[channel].fired.eq(fires)]
            with m.If(step):
                m.d.sync += [*lane.guards, potential.eq(grown[0]), kept.eq(compared)]
        registers = Cat(*(register for lane in lanes for register in lane.registers))
        if core.groups == 1:
            with m.If(step):
                m.d.sync += registers.eq(Cat(*following))
        else:
            m.d.comb += registers.eq(self._waiting(m, group, group_last, Cat(*following), step))
        return m

    def _waiting(self, m: Module, group: Value, last: Value, after: Value, step: Value) -> Value:
        """State of a group after its last tick, from a memory; with ``step`` that after this tick goes there."""
        m.submodules.state = ram = Ram(unsigned(len(after)), self.core.groups)
        m.d.comb += [ram.write.en.eq(step), ram.write.addr.eq(group), ram.write.data.eq(after),
                     ram.read.en.eq(step), ram.read.addr.eq(Mux(last, 0, group + 1))]
        return ram.read.data
