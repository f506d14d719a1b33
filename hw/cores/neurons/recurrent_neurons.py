"""Hidden neurons with feedback, a tick of the whole map after the other."""

from typing import Any

from amaranth.hdl import Assert, Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from ..store import writable
from ..streams.ring import Ring
from ..streams.stream import counter, lanes_layout, pipe
from ..widths import guard
from .lane import Ahead, Tick, after, loaded_integers, neuron


class RecurrentNeurons(wiring.Component):
    """Neurons of which each gets what its whole layer gave in the tick before.

    In tick 0 the words of the input come, ``n_input`` of each place of the map, and in every other tick the words of
    ``m(t)`` that the loop makes of the spikes of the tick before: ``n(t) = n_input + (m(t) << shift)``. A block RAM
    keeps n_input, V and the spikes so far of all neurons. The spikes of all ticks but the last go to the loop; in the
    last tick the trains are given. A word takes a cycle for n(t), and the next one for V, which what is kept waits for
    in registers; its spikes are shown to the loop from the third cycle after on. The next map is begun when the
    last is done.

    What is kept of a place is read again when its spikes have gone through the ring and the loop: it is written by
    then, however few places there are.

    It never comes to a stop. In the ring there is room for the spikes of a map, and never more wait there: the word of
    a place in tick t + 1 is computed from sums for which the loop has taken the spikes of this place, and of all before
    it, in tick t. So spikes never wait for room, and sums only for the output, in the last tick. And the sums of a tick
    need nothing but the spikes of the tick before, all of which are in the ring or the loop before the first is asked
    for. The loop must give the sums of a map once it has all of it, however the next one comes.

    Parameters
    ----------
    core : quant.dataflow.cores.RecurrentNeurons
        Of 2 ticks at least.
    reload : bool
        Whether thresholds can be written while no input is on its way.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(ArrayLayout(signed(taken_width), 1), channels)))``
        n_input, ``places`` words a map.
    o : ``Out(stream.Signature(lanes_layout(core, channels)))``
        ``places`` words a map.
    enters : ``Out(stream.Signature(ArrayLayout(unsigned(1), channels)))``
        ``places`` words a tick, to the loop.
    leaves : ``In(stream.Signature(ArrayLayout(ArrayLayout(signed(fed_width), 1), channels)))``
        m(t), ``places`` words a tick, from the loop.
    write : ``In(write_signature(...))``
        With ``reload``.
    """

    def __init__(self, core: cores.RecurrentNeurons, *, reload: bool = False) -> None:
        self.core, self.reload = core, reload
        self.bits = data.ArrayLayout(unsigned(1), core.channels)

        def numbers(width: int) -> stream.Signature:
            return stream.Signature(data.ArrayLayout(data.ArrayLayout(signed(width), 1), core.channels))
        super().__init__({"i": In(numbers(core.taken_width)), "leaves": In(numbers(core.fed_width)),
                          "o": Out(stream.Signature(lanes_layout(core, core.channels))),
                          "enters": Out(stream.Signature(self.bits)), **(writable(core) if reload else {})})

    def _state(self, m: Module, step: Value, computes: Value,
               moves: Value) -> tuple[Any, Any, tuple[Value, Value], Value]:
        """State of the place whose n(t) is computed, and what is written of that whose V is; the channel group of the
        first, whether that is the last, and whether the place is.
        """
        core = self.core
        kept = data.StructLayout({"current": signed(core.taken_width), "potential": signed(core.membrane_width),
                                  "train": unsigned(core.steps - 1)})
        shape = data.ArrayLayout(kept, core.channels)
        m.submodules.state = state = Memory(shape=shape, depth=max(2, core.places), init=[])
        write, read = state.write_port(), state.read_port(domain="sync")
        place, last = counter(m, "place", core.places, step)
        group = counter(m, "group", core.groups, step)
        computed = Signal.like(place, name="computed_place")
        m.d.comb += [read.addr.eq(after(place, last, step)), write.en.eq(computes & moves), write.addr.eq(computed)]
        with m.If(moves):
            m.d.sync += computed.eq(place)
        return read.data, write.data, group, last

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.ring = ring = Ring(self.bits, core.depth)
        step, first, later, moves = flags("step first later moves")
        computes, computes_later, ends = flags("computes computes_later ends")
        read, new, (group, group_last), place_last = self._state(m, step, computes, moves)
        tick, last = counter(m, "tick", core.steps, step & place_last)
        computed_tick = Signal.like(tick, name="computed_tick")
        with m.If(step & place_last):
            m.d.sync += later.eq(~last)
        m.d.comb += [
            first.eq(~later), moves.eq(~self.o.valid | self.o.ready | ~ends), self.i.ready.eq(first & ~ends),
            self.leaves.ready.eq(later & moves),
            step.eq(Mux(first, self.i.valid & ~ends, self.leaves.valid & moves)),
            ring.i.valid.eq(computes & ~ends),
        ]
        pipe(m, ring.o, wiring.flipped(self.enters))
        m.d.sync += Assert(~ring.i.valid | ring.i.ready)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(moves):
            m.d.sync += [computes.eq(step), ends.eq(step & last), computes_later.eq(later), computed_tick.eq(tick)]
            with m.If(ends):
                m.d.sync += self.o.valid.eq(1)
        loaded = loaded_integers(m, self, group, group_last, step, moves, early=False)
        computed_group = Ahead(m, group, enable=moves)
        for channel in range(core.channels):
            lane = neuron(core, f"lane{channel}", loaded)
            n = Signal(signed(core.sum_width), name=f"n{channel}")
            kept = Signal.like(read[channel], name=f"kept{channel}")
            current = Mux(first, self.i.payload[channel][0], read[channel].current)
            total = current + Mux(first, 0, self.leaves.payload[channel][0] << core.shift)
            (grown,), compared = lane.tick(n, channel, computed_group, Tick(computed_tick, computes_later))
            fires = lane.fires(compared, channel, computed_group)
            train = Cat(kept.train, fires)
            m.d.comb += [
                lane.potential.eq(kept.potential), lane.assignment, ring.i.payload[channel].eq(fires),
                new[channel].current.eq(kept.current), new[channel].potential.eq(grown),
                new[channel].train.eq(train[1:]),
            ]
            with m.If(moves):
                m.d.sync += [kept.eq(read[channel]), kept.current.eq(current), n.eq(total)]
            with m.If(step):
                m.d.sync += guard(n, total)
            with m.If(computes):
                m.d.sync += lane.guards
            with m.If(moves & ends):
                m.d.sync += self.o.payload[channel].eq(train)
        return m
