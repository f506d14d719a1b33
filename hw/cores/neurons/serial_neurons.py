"""Hidden neurons, one tick a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from .. import spike_coding as codes
from ..store import writable
from ..streams.stream import counter, lanes_layout, sums_layout
from ..synapses.tick_words import TickWords
from .lane import Ahead, Tick, Ticks, after, loaded_integers, neuron


class SerialNeurons(wiring.Component):
    """Runs ``channels`` neurons through all ticks, then gives their output and starts the next channel group.

    V is compared with the threshold in the cycle after it was computed. The output is valid two cycles after the last
    tick; ticks go on while an earlier output waits, up to the last.

    Parameters
    ----------
    core : quant.dataflow.cores.SerialNeurons
    reload : bool
        Whether thresholds can be written while no input is on its way.

    Members
    -------
    i : ``In(stream.Signature(sums_layout(core, ticks)))``
        ``tick_groups`` words a channel group.
    o : ``Out(stream.Signature(lanes_layout(core, channels)))``
    write : ``In(write_signature(...))``
        With ``reload``.
    """

    def __init__(self, core: cores.SerialNeurons, *, reload: bool = False) -> None:
        self.core, self.reload = core, reload
        super().__init__({"i": In(stream.Signature(sums_layout(core, core.ticks))),
                          "o": Out(stream.Signature(lanes_layout(core, core.channels))),
                          **(writable(core) if reload else {})})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.words = words = TickWords(core, groups=1)
        wiring.connect(m, wiring.flipped(self.i), words.i)
        step, later = flags("step later")  # later: behind tick 0
        tick, last = counter(m, "tick", core.steps, step)
        group, group_last = counter(m, "group", core.groups, step & last)
        compares, ends = flags("compares ends")
        compared_tick = Signal.like(tick, name="compared_tick")
        moves = words.o.ready
        m.d.comb += [moves.eq(~self.o.valid | self.o.ready | ~ends), step.eq(words.o.valid & moves)]
        with m.If(step):
            m.d.sync += later.eq(~last)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(moves):
            m.d.sync += [compares.eq(step), ends.eq(step & last), compared_tick.eq(tick)]
            with m.If(ends):
                m.d.sync += self.o.valid.eq(1)
        loaded = loaded_integers(m, self, group, group_last, step & last, moves)
        computed = Ahead(m, after(group, group_last, step & last),
                         ticks=Ticks(step, ~later, last, group))
        compared_group = Ahead(m, group, enable=moves)
        for channel in range(core.channels):
            lane = neuron(core, f"lane{channel}", loaded)
            time = Signal(core.lane_width, init=core.silent, name=f"time{channel}")
            grown, compared = lane.tick(words.o.payload[channel], channel, computed, Tick(tick, later))
            kept = Signal.like(compared, name=f"compared{channel}")
            fired_by = Signal.like(time, name=f"fired_by{channel}")
            fires = lane.fires(kept, channel, compared_group)
            m.d.comb += [lane.assignment, fired_by.eq(codes.following(core, time, fires, compared_tick))]
            with m.If(step):
                m.d.sync += [*lane.guards, kept.eq(compared)]
                m.d.sync += [register.eq(value) for register, value in zip(lane.registers, grown, strict=True)]
            with m.If(moves & compares):
                m.d.sync += time.eq(Mux(ends, core.silent, fired_by))
            with m.If(moves & ends):
                m.d.sync += self.o.payload[channel].eq(fired_by)
        return m
