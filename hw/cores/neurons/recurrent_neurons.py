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
    last tick the trains are given. A word takes a cycle, and its spikes are shown to the loop from the second cycle
    after on. The next map is begun when the last is done.

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

    def _state(self, m: Module, step: Value) -> tuple[Any, Any, tuple[Value, Value], Value]:
        """State of the place computed now, as kept and as written there, its channel group, whether each is last."""
        core = self.core
        kept = data.StructLayout({"current": signed(core.taken_width), "potential": signed(core.membrane_width),
                                  "train": unsigned(core.steps - 1)})
        shape = data.ArrayLayout(kept, core.channels)
        m.submodules.state = state = Memory(shape=shape, depth=max(2, core.places), init=[])
        write, read = state.write_port(), state.read_port(domain="sync")
        place, last = counter(m, "place", core.places, step)
        group = counter(m, "group", core.groups, step)
        after = Signal.like(place)
        m.d.comb += [after.eq(Mux(last, 0, place + 1)), read.addr.eq(Mux(step, after, place)),
                     write.en.eq(step), write.addr.eq(place)]
        m.d.sync += [check for check in guard(after, Mux(last, 0, place + 1))]
        return read.data, write.data, group, last

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.ring = ring = Ring(self.bits, core.depth)
        step, first, later, free = flags("step first later free")
        old, new, (group, group_last), place_last = self._state(m, step)
        tick, last = counter(m, "tick", core.steps, step & place_last)
        with m.If(step & place_last):
            m.d.sync += later.eq(~last)
        m.d.comb += [
            first.eq(~later), free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(first),
            self.leaves.ready.eq(~first & (free | ~last)),
            step.eq(Mux(first, self.i.valid, self.leaves.valid & self.leaves.ready)),
            ring.i.valid.eq(step & ~last),
        ]
        pipe(m, ring.o, wiring.flipped(self.enters))
        m.d.sync += Assert(~ring.i.valid | ring.i.ready)
        with m.If(free):
            m.d.sync += self.o.valid.eq(step & last)
        loaded = loaded_integers(m, self, group, group_last, step, step)
        computed = Ahead(m, after(group, group_last, step))
        for channel in range(core.channels):
            lane = neuron(core, f"lane{channel}", loaded)
            n = Signal(signed(core.sum_width), name=f"n{channel}")
            current = Mux(first, self.i.payload[channel][0], old[channel].current)
            total = current + Mux(first, 0, self.leaves.payload[channel][0] << core.shift)
            (grown,), compared = lane.tick(n, channel, computed, Tick(tick, later))
            fires = lane.fires(compared, channel, computed)
            train = Cat(old[channel].train, fires)
            m.d.comb += [
                n.eq(total), lane.potential.eq(old[channel].potential), lane.assignment,
                new[channel].current.eq(current), new[channel].potential.eq(grown), new[channel].train.eq(train[1:]),
                ring.i.payload[channel].eq(fires),
            ]
            with m.If(step):
                m.d.sync += [*guard(n, total), *lane.guards]
            with m.If(step & last):
                m.d.sync += self.o.payload[channel].eq(train)
        return m
