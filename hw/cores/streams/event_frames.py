"""Events of a camera to images of spike trains."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores
from quant.dataflow.cores.event_frames import TIME_BITS

from ...names import flags
from ..widths import narrow
from .stream import counter


class State(enum.Enum, shape=2):  # type: ignore[call-arg]  # Amaranth has no types
    """What is done with the event that is offered: its place is found, its value is read, and written."""

    PLACE = 0
    READ = 1
    WRITE = 2


def event_layout(core: cores.EventFrames) -> data.StructLayout:
    """An event: column, row, polarity, time, and whether it is the last of a recording."""
    return data.StructLayout({"x": range(core.width), "y": range(core.height), "polarity": 1,
                              "time": unsigned(TIME_BITS), "last": 1})


class EventFrames(wiring.Component):
    """Spike trains in two block RAMs, of which one is filled while the other is read and cleared.

    After a reset, which may come at any time, both are cleared before the first event is looked at. An event takes
    three cycles, a tick that ends by time one more. The values of an image come one in a cycle, two cycles after what
    ends it; an image that ends before the one in front has left waits for it.

    Parameters
    ----------
    core : quant.dataflow.cores.EventFrames

    Members
    -------
    i : ``In(stream.Signature(event_layout(core)))``
    o : ``Out(stream.Signature(unsigned(8)))``
        Values in the order row, column, channel; bit t is the spike in tick t.
    """

    def __init__(self, core: cores.EventFrames) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(event_layout(core))), "o": Out(stream.Signature(unsigned(8)))})

    def elaborate(self, platform):
        m = Module()
        state = Signal(State)
        address = Signal(range(self.core.values))
        inside = Signal()
        reading = Signal(init=1)
        ends, free, arrives, rest = flags("ends free arrives rest")
        # memories to be cleared yet; what is read counts
        unclear = Signal(range(3), init=2)
        shown = Signal()
        half = Signal()  # which memory is filled
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), rest.eq(~reading & ~arrives),
                     self.i.ready.eq((state == State.WRITE) & (~ends | rest))]
        self._find(m, address, inside)
        tick = self._ticks(m, state, ends, rest, unclear == 0)
        place, place_last = counter(m, "place", self.core.values, free & reading)
        cleared = Signal.like(place)
        words = []
        for at in range(2):
            read, write = self._memory(m, f"trains{at}")
            filled = half == at
            m.d.comb += [read.addr.eq(Mux(filled, address, place)), write.addr.eq(Mux(filled, address, cleared)),
                         read.en.eq(Mux(filled, state == State.READ, free & reading)),
                         write.en.eq(Mux(filled, self.i.valid & (state == State.WRITE) & inside, free & arrives)),
                         write.data.eq(Mux(filled, read.data | (1 << tick), 0))]
            words.append(read.data)
        with m.If(free):
            m.d.sync += [arrives.eq(reading), shown.eq(unclear == 0), self.o.valid.eq(arrives & shown),
                         cleared.eq(place)]
            with m.If(arrives):
                m.d.sync += self.o.payload.eq(Mux(half, words[0], words[1]))
            with m.If(place_last):
                m.d.sync += reading.eq(0)
        with m.If(ends & rest):
            m.d.sync += [half.eq(~half), reading.eq(1)]
        with m.If((unclear != 0) & rest):
            m.d.sync += [half.eq(~half), reading.eq(unclear == 2), unclear.eq(unclear - 1)]
        return m

    def _memory(self, m, name):
        memory = Memory(shape=unsigned(self.core.ticks), depth=self.core.values, init=[])
        m.submodules[name] = memory
        return memory.read_port(), memory.write_port()

    def _find(self, m, address, inside):
        """Register the place of the event among the values, and whether it has one."""
        core, event, small = self.core, self.i.payload, self.core.factor.bit_length() - 1
        column, row = ((at - start) >> small for at, start in ((event.x, core.left), (event.y, core.top)))
        lies = (row >= 0) & (row < core.rows) & (column >= 0) & (column < core.columns)
        place = Cat(event.polarity, (row * core.columns + column).as_unsigned())
        m.d.sync += [*narrow(address, Mux(lies, place, 0)), inside.eq(lies)]

    def _ticks(self, m, state, ends, rest, clear):
        """The tick, and the states of an event; ``ends`` is high while an image waits for its end."""
        core, valid, event = self.core, self.i.valid, self.i.payload
        takes = valid & self.i.ready
        by_number = core.count is not None
        number, last = counter(m, "number", core.length if by_number else 1, takes)
        full = last if by_number else 0
        start = Signal(TIME_BITS)
        begun, late = flags("begun late")
        if not by_number:
            m.d.comb += late.eq(begun & ((event.time - start)[:TIME_BITS] >= core.length))
        passes = valid & (state == State.PLACE) & late
        over, goes = flags("over goes")  # the tick is; and it may be
        m.d.comb += [over.eq(passes | (valid & (state == State.WRITE) & full)), goes.eq(~ends | rest)]
        ended = Signal()
        tick, tick_last = counter(m, "tick", core.ticks, over & goes)
        m.d.comb += [ended.eq(over & tick_last), ends.eq(ended | (valid & (state == State.WRITE) & event.last))]
        with m.Switch(state):
            with m.Case(State.PLACE):
                with m.If(passes & goes):
                    m.d.sync += start.eq(start + core.length)
                with m.Elif(valid & ~late & clear):
                    m.d.sync += state.eq(State.READ)
                    with m.If(~begun):
                        m.d.sync += [start.eq(event.time), begun.eq(1)]
            with m.Case(State.READ):
                m.d.sync += state.eq(State.WRITE)
            with m.Case(State.WRITE):
                with m.If(takes):
                    m.d.sync += state.eq(State.PLACE)
                    with m.If(event.last):
                        m.d.sync += [begun.eq(0), tick.eq(0), number.eq(0)]
        return tick
