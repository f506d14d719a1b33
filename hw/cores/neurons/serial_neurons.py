"""Hidden neurons, one tick a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .. import spike_coding as codes
from ..streams.stream import counter, lanes_layout, sums_layout
from ..synapses.tick_words import TickWords
from .lane import neuron


class SerialNeurons(wiring.Component):
    """Runs ``channels`` neurons through all ticks, then gives their output and starts the next channel group.

    The output is valid one
    cycle after the last tick; ticks go on while an earlier output waits, up to the last.

    Parameters
    ----------
    core : quant.dataflow.cores.SerialNeurons

    Members
    -------
    i : ``In(stream.Signature(sums_layout(core, ticks)))``
        ``tick_groups`` words a channel group.
    o : ``Out(stream.Signature(lanes_layout(core, channels)))``
    """

    def __init__(self, core: cores.SerialNeurons) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(sums_layout(core, core.ticks))),
                          "o": Out(stream.Signature(lanes_layout(core, core.channels)))})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.words = words = TickWords(core, groups=1)
        wiring.connect(m, wiring.flipped(self.i), words.i)
        step = Signal()
        tick, last = counter(m, "tick", core.steps, step)
        group, _ = counter(m, "group", core.groups, step & last)
        free = ~self.o.valid | self.o.ready
        m.d.comb += [words.o.ready.eq(free | ~last), step.eq(words.o.valid & words.o.ready)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(step & last):
            m.d.sync += self.o.valid.eq(1)
        for channel in range(core.channels):
            lane = neuron(core, f"lane{channel}")
            time = Signal(core.lane_width, init=core.silent, name=f"time{channel}")
            after, fires = lane.tick(words.o.payload[channel], channel, group, tick)
            fired_by = Signal.like(time, name=f"fired_by{channel}")
            m.d.comb += [lane.assignment, fired_by.eq(codes.following(core, time, fires, tick))]
            with m.If(step):
                m.d.sync += lane.guards
                m.d.sync += [register.eq(Mux(last, 0, value))
                             for register, value in zip(lane.registers, after, strict=True)]
                m.d.sync += time.eq(Mux(last, core.silent, fired_by))
            with m.If(step & last):
                m.d.sync += self.o.payload[channel].eq(fired_by)
        return m
