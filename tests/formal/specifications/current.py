"""Numbers from the sums of their digits, from what a binary digit is worth."""

from amaranth.hdl import Assert, Assume, Const, Module, Mux, Signal, signed

from hw.accelerator import component
from quant.dataflow import cores
from tests.formal.engine import reach
from tests.formal.specifications.follow import Groups
from tests.formal.specifications.stream import Promise, table


class Numbers(Groups):
    """One arbitrary word of a current: of each channel the sum of its group's planes, each times its worth.

    The sum of a plane is arbitrary, but no larger than its inputs are many.
    """

    def __init__(self, core: cores.Current) -> None:
        promise = Promise([0] * core.plane_groups, core.repeats, late=0, wait=core.repeats)
        super().__init__(component(core), promise, [list(range(core.plane_groups))] * core.repeats)

    def claims(self, m: Module) -> None:
        """The number is that of its digits."""
        core: cores.Current = self.described
        belongs, first, _ = self.collect(m)
        worth = [[1 << core.bit_planes - 1 - at if at < core.bit_planes else 0
                  for at in range(plane, core.plane_groups * core.planes_per_pass, core.planes_per_pass)]
                 for plane in range(core.planes_per_pass)]
        for channel in range(core.channels):
            total = Signal(signed(core.sum_width + 2), name=f"total_{channel}")
            added = Const(0, signed(2))
            for plane in range(core.planes_per_pass):
                n = self.dut.i.payload[channel][plane]
                m.d.comb += Assume((n <= core.plane_bound) & (n >= -core.plane_bound))
                added = added + n * table(worth[plane], self.taken)
            with m.If(belongs):
                m.d.sync += total.eq(Mux(first, 0, total) + added)
            with m.If(self.answers):
                m.d.comb += Assert(self.dut.o.payload[channel][0] == total)
        reach(m, negative=self.answers & (total < 0), positive=self.answers & (total > 0), stall=self.stalled)
