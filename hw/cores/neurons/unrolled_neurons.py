"""Hidden neurons, all ticks at once."""

from amaranth.hdl import Module, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .. import spike_coding as codes
from ..store import writable
from ..streams.stream import counter, lanes_layout, sums_layout
from .lane import Loaded, Tick, loaded_integers, neuron


class UnrolledNeurons(wiring.Component):
    """A pipeline with one stage a tick: a channel group in and out every cycle, ``steps + 1`` cycles later.

    A stage computes V, and the next compares it with the threshold.

    Parameters
    ----------
    core : quant.dataflow.cores.UnrolledNeurons
    reload : bool
        Whether thresholds can be written while no input is on its way.

    Members
    -------
    i : ``In(stream.Signature(sums_layout(core, ticks)))``
        All ticks of a channel group.
    o : ``Out(stream.Signature(lanes_layout(core, channels)))``
    write : ``In(write_signature(...))``
        With ``reload``.
    """

    def __init__(self, core: cores.UnrolledNeurons, *, reload: bool = False) -> None:
        self.core, self.reload = core, reload
        super().__init__({"i": In(stream.Signature(sums_layout(core, core.ticks))),
                          "o": Out(stream.Signature(lanes_layout(core, core.channels))),
                          **(writable(core) if reload else {})})

    def _channel(self, m: Module, channel: int, groups: list[Signal], moves: list[Value], free: Signal,
                 loaded: Loaded | None) -> Signal:
        """One neuron's pipeline; returns its output. ``moves`` says at which ticks a group is now computed."""
        core = self.core
        sums = [self.i.payload[channel][tick] for tick in range(core.steps)]
        lane = neuron(core, f"lane{channel}_in", loaded)
        time: Signal | int = core.silent
        for tick in range(core.steps):
            after, compared = lane.tick(sums[0], channel, groups[tick], Tick(tick, tick > 0))
            m.d.comb += lane.assignment
            with m.If(moves[tick]):
                m.d.sync += lane.guards
            following = neuron(core, f"lane{channel}_{tick}", loaded)
            kept = Signal.like(compared, name=f"compared{channel}_{tick}")
            fired_by = Signal(core.lane_width, name=f"time{channel}_{tick}")
            fires = lane.fires(kept, channel, groups[tick + 1])
            later = [Signal(signed(core.sum_width), name=f"sum{channel}_{tick}_{i}") for i in range(1, len(sums))]
            with m.If(free):
                m.d.sync += [register.eq(value) for register, value in zip(following.registers, after, strict=True)]
                m.d.sync += [register.eq(value) for register, value in zip(later, sums[1:], strict=True)]
                m.d.sync += [kept.eq(compared), fired_by.eq(codes.following(core, time, fires, tick))]
            lane, sums, time = following, later, fired_by
        return time

    def elaborate(self, platform):
        m = Module()
        core = self.core
        free = Signal()
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(free)]
        arrives = [Signal(name=f"arrives{tick}") for tick in range(core.steps)] + [self.o.valid]
        group, group_last = counter(m, "group", core.groups, free & self.i.valid)
        groups = [group] + [Signal.like(group, name=f"group{tick}") for tick in range(1, core.steps + 1)]
        with m.If(free):
            m.d.sync += [after.eq(before) for before, after in zip([self.i.valid, *arrives], arrives, strict=False)]
            m.d.sync += [after.eq(before) for before, after in zip(groups, groups[1:], strict=False)]
        moves = [free & there for there in [self.i.valid, *arrives[:-1]]]
        loaded = loaded_integers(m, self, group, group_last, free & self.i.valid, free)
        for channel in range(core.channels):
            m.d.comb += self.o.payload[channel].eq(self._channel(m, channel, groups, moves, free, loaded))
        return m
