"""Cycle counter of a run, and timer for the core to come to rest."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.serial_link.protocol import MAX_CYCLES


class CycleCounter(wiring.Component):
    """Counter of the cycles of a run, and of those since the last transfer of the core.

    Parameters
    ----------
    rest : int
        Cycles, at least 1, after which the core is at rest.

    Members
    -------
    clear : In(1)
        ``cycles`` is 0 in the next cycle.
    enable : In(1)
        This cycle is counted.
    cycles : Out(range(MAX_CYCLES + 1))
        Stops at `MAX_CYCLES`.
    moved : In(1)
        A word is transferred at the core's input or output.
    rested : Out(1)
        ``rest - 1`` cycles have passed since ``moved``, or since reset.

    Raises
    ------
    ValueError
        ``rest`` is less than 1.
    """

    def __init__(self, rest):
        if rest < 1:
            raise ValueError(f"Rest must be at least 1 cycle, not {rest!r}")
        self.rest = rest
        super().__init__({"clear": In(1), "enable": In(1), "cycles": Out(range(MAX_CYCLES + 1)), "moved": In(1),
                          "rested": Out(1, init=int(rest == 1))})

    def elaborate(self, platform):
        m = Module()
        more = Signal(len(self.cycles) + 1)
        passed = Signal(range(max(self.rest, 2)))
        m.d.comb += more.eq(self.cycles + 1)
        with m.If(self.clear):
            m.d.sync += self.cycles.eq(0)
        with m.Elif(self.enable & ~more[-1]):
            m.d.sync += self.cycles.eq(more)
        with m.If(self.moved):
            m.d.sync += [passed.eq(0), self.rested.eq(self.rest == 1)]
        with m.Elif(~self.rested):
            m.d.sync += [passed.eq(passed + 1), self.rested.eq(passed == self.rest - 2)]
        return m
