"""Readout: from potentials, tick by tick, to the class."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant import cores

from .stream import counter, potential_layout, potentials_layout, result_layout
from .widths import narrow


class Readout(wiring.Component):
    """Decides at the first tick that is certain, scans the classes for the largest V, and drops the rest of the image.

    Kind ``first_spike`` decides at the first tick with an output at its threshold (only outputs at their threshold then
    count), else at the last tick (all count). Kind ``potential`` decides at the last tick. A tie goes to the lowest
    index. The result is valid ``classes + 1`` cycles after the deciding word. The next image is taken once it has gone.

    Parameters
    ----------
    core : quant.cores.Readout

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
        bank = Signal(data.ArrayLayout(potential_layout(core), core.classes))
        decided, earlier_fired, fired, deciding = Signal(), Signal(), Signal(), Signal()
        scan = Signal(range(core.classes + 1))
        by_spike = Const(core.kind == "first_spike", 1)

        m.d.comb += [
            self.i.ready.eq(decided | ((scan == 0) & (~self.o.valid | self.o.ready))),
            fired.eq(by_spike & (earlier_fired | Cat(lane.fired for lane in self.i.payload).any())),
            deciding.eq(accept & ~decided & group_last & (fired | tick_last)),
        ]
        with m.If(accept & ~decided):
            m.d.sync += [bank.as_value().eq(Cat(bank, self.i.payload)[len(self.i.payload.as_value()):]),
                         earlier_fired.eq(fired & ~group_last)]
        with m.If(accept & group_last):
            m.d.sync += decided.eq((decided | deciding) & ~tick_last)
        with m.If(deciding):
            m.d.sync += [scan.eq(core.classes), self.o.payload.class_index.eq(0),
                         self.o.payload.tick.eq(Mux(fired | ~by_spike, tick, core.steps))]
        self._scan(m, bank, scan, by_spike)
        return m

    def _scan(self, m: Module, bank: data.View, scan: Signal, by_spike: Const) -> None:
        """One class a cycle: the bank goes round once, the best class so far stays."""
        core, result = self.core, self.o.payload
        best = Signal(signed(core.membrane_width))
        best_fired, better = Signal(), Signal()
        candidate = Signal(range(core.classes))
        head = bank[0]
        head_fired = head.fired & by_spike
        m.d.comb += better.eq((candidate == 0) | (head_fired & ~best_fired)
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
