"""Event frames, whose images are compared with bits that are gathered in registers."""

from amaranth.hdl import Array, Assert, Assume, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hw.cores.streams.event_frames import EventFrames
from quant.dataflow import cores
from tests.formal.engine import reach


class Gathered(wiring.Component):
    """Every value given is that of its place in its image, for any events, where ticks end by number.

    Parameters
    ----------
    core : quant.dataflow.cores.EventFrames
        With a count, of a sensor of which each pixel is one of an image.
    """

    own_asserts = True

    def __init__(self, core: cores.EventFrames) -> None:
        self.core, self.dut = core, EventFrames(core)
        super().__init__({"i": self.dut.signature.members["i"], "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.dut = dut = self.dut
        wiring.connect(m, wiring.flipped(self.i), dut.i)
        m.d.comb += dut.o.ready.eq(self.ready)
        waits, offered = Signal(), Signal(len(Value.cast(self.i.payload)))
        m.d.sync += [waits.eq(dut.i.valid & ~dut.i.ready), offered.eq(self.i.payload)]
        m.d.comb += Assume(~waits | self.i.valid & (Value.cast(self.i.payload) == offered))  # as of any stream
        took, gave = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
        tick, number = Signal(range(core.ticks + 1)), Signal(range(core.length + 1))
        gathered = [Signal(core.ticks, name=f"gathered{at}") for at in range(core.values)]
        with_event = [Signal(core.ticks, name=f"with_event{at}") for at in range(core.values)]
        ends, full = Signal(), Signal()
        m.d.comb += [full.eq(number == core.length - 1), ends.eq(self.i.p.last | full & (tick == core.ticks - 1))]
        for at, (before, after) in enumerate(zip(gathered, with_event, strict=True)):
            pixel, polarity = divmod(at, 2)
            here = (self.i.p.x == pixel % core.columns) & (self.i.p.y == pixel // core.columns)
            m.d.comb += after.eq(before | ((here & (self.i.p.polarity == polarity)) << tick))
        images = Array(Signal(core.ticks * core.values, name=f"image{at}") for at in range(2))
        newest, oldest, waiting, place = Signal(), Signal(), Signal(range(3)), Signal(range(core.values))
        last = place == core.values - 1
        with m.If(took):
            m.d.sync += [before.eq(after) for before, after in zip(gathered, with_event, strict=True)]
            m.d.sync += number.eq(number + 1)
            with m.If(full):
                m.d.sync += [number.eq(0), tick.eq(tick + 1)]
            with m.If(ends):
                m.d.sync += [*(before.eq(0) for before in gathered), number.eq(0), tick.eq(0),
                             images[newest].eq(Cat(with_event)), newest.eq(~newest)]
        with m.If(gave):
            m.d.comb += [Assert(waiting != 0), Assert(dut.o.payload == images[oldest].word_select(place, core.ticks))]
            m.d.sync += place.eq(place + 1)
            with m.If(last):
                m.d.sync += [place.eq(0), oldest.eq(~oldest)]
        m.d.sync += waiting.eq(waiting + (took & ends) - (gave & last))
        m.d.comb += Assert(waiting <= 2)
        reach(m, period=gave & last & (images[oldest] != 0), stall=dut.o.valid & ~dut.o.ready,
              refusal=dut.i.valid & ~dut.i.ready)
        return m
