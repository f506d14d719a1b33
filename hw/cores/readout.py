"""Readout: from potentials, tick by tick, to the class."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ..names import flags
from .streams.stream import counter, potentials_layout, result_layout
from .widths import narrow


class Readout(wiring.Component):
    """Decides at the first tick that is certain, scans the classes for the best, and drops the rest of the image.

    Kind ``first_spike`` decides at the first tick with an output at its threshold (only outputs at their threshold then
    count), else at the last tick (all count). Kinds ``potential`` and ``count`` decide at the last tick; before V,
    ``count`` compares how often an output was at its threshold. A tie goes to the larger V, then to the lowest index.
    The result is valid ``classes + 1`` cycles after the deciding word. The next image is taken from the cycle
    after it has gone.

    Parameters
    ----------
    core : quant.dataflow.cores.Readout

    Members
    -------
    i : ``In(stream.Signature(potentials_layout(core)))``
        ``groups`` words a tick.
    o : ``Out(stream.Signature(result_layout(core)))``
    """

    def __init__(self, core: cores.Readout) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(potentials_layout(core))),
                          "o": Out(stream.Signature(result_layout(core)))})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        accept = self.i.valid & self.i.ready
        _, group_last = counter(m, "group", core.groups, accept)
        tick, tick_last = counter(m, "tick", core.steps, accept & group_last)
        bank = Signal(data.ArrayLayout(_ranked(core), core.classes))
        decided, earlier_fired, fired, deciding = flags("decided earlier_fired fired deciding")
        scan = Signal(range(core.classes + 1))
        idle = Signal(init=1)  # nothing to scan, and no result that waits; a register for speed
        by_spike = Const(core.kind == "first_spike", 1)

        m.d.comb += [
            self.i.ready.eq(decided | idle),
            fired.eq(by_spike & (earlier_fired | Cat(lane.fired for lane in self.i.payload).any())),
            deciding.eq(accept & ~decided & group_last & (fired | tick_last)),
        ]
        m.d.sync += idle.eq((scan == 0) & ~deciding & (~self.o.valid | self.o.ready))
        with m.If(accept & ~decided):
            arriving = Cat(self._ranks(m, lane, bank[place], tick) for place, lane in enumerate(self.i.payload))
            m.d.sync += [bank.as_value().eq(Cat(bank, arriving)[len(arriving):]),
                         earlier_fired.eq(fired & ~group_last)]
        with m.If(accept & group_last):
            m.d.sync += decided.eq((decided | deciding) & ~tick_last)
        with m.If(deciding):
            m.d.sync += [scan.eq(core.classes), self.o.payload.class_index.eq(0),
                         self.o.payload.tick.eq(Mux(fired | ~by_spike, tick, core.steps))]
        self._scan(m, bank, scan, by_spike)
        return m

    def _ranks(self, m: Module, lane: data.View, before: data.View, tick: Signal) -> Value:
        """An arriving output as it lies in the bank; ``before`` is what the same output was in the last tick."""
        if self.core.kind != "count":
            return lane.as_value()
        fired = Signal(self.core.rank_width, name="times_fired")
        count = Mux(tick == 0, 0, before.fired) + lane.fired
        m.d.comb += fired.eq(count)
        return Cat(lane.potential, fired)

    def _scan(self, m: Module, bank: data.View, scan: Signal, by_spike: Const) -> None:
        """One class a cycle: the bank goes round once, the best class so far stays."""
        core, result = self.core, self.o.payload
        best = Signal(signed(core.membrane_width))
        best_fired = Signal(core.rank_width)
        better = Signal()
        candidate = Signal(range(core.classes))
        head = bank[0]
        head_fired = head.fired if core.kind == "count" else head.fired & by_spike
        above = head_fired > best_fired if core.kind == "count" else head_fired & ~best_fired
        m.d.comb += better.eq((candidate == 0) | above
                              | ((head_fired == best_fired) & (head.potential > best)))
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(scan != 0):
            m.d.sync += [*narrow(scan, scan - 1), self.o.valid.eq(scan == 1),
                         bank.as_value().eq(bank.as_value().rotate_right(len(head.as_value())))]
            with m.If(better):
                m.d.sync += [best.eq(head.potential), best_fired.eq(head_fired), result.class_index.eq(candidate)]
            with m.If(scan == 1):
                m.d.sync += candidate.eq(0)
            with m.Else():
                m.d.sync += narrow(candidate, candidate + 1)
        m.d.comb += [result.potentials[index].eq(bank[index].potential) for index in range(core.classes)]


def _ranked(core: cores.Readout) -> data.StructLayout:
    """V of one output, and what is compared before it."""
    return data.StructLayout({"potential": signed(core.membrane_width), "fired": core.rank_width})
