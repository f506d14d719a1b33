"""The readout: the contract and the decision of one result an image, however early it comes."""

from amaranth.hdl import Assert, Const, Module, Mux, Signal, signed

from hw.accelerator import component
from quant.dataflow import cores
from tests.formal.engine import reach
from tests.formal.specifications.stream import Promise, Specification, hold, soon


class Decision(Specification):
    """Hold, count, progress and function, for arbitrary potentials.

    - One result an image, after its deciding word and not before; no word of the next image is taken until it is gone.
    - The tick is the first with an output at its threshold, or ``steps``; with kinds ``potential`` and ``count``, the
      last.
    - The potentials are those of that tick, or of the last.
    - No class is better than the one given: at its threshold if any is (kind ``first_spike``), or more often (kind
      ``count``), then of larger V, then of lower index.
    """

    def __init__(self, core: cores.Readout) -> None:
        super().__init__(component(core), Promise([0] * core.steps * core.groups, 1, late=core.classes,
                                                  wait=core.classes + 1))

    def claims(self, m: Module) -> None:
        """All of the above."""
        core: cores.Readout = self.described
        o, i = self.dut.o, self.dut.i
        by_spike = core.kind == "first_spike"
        # V and whether it is at the threshold, or how often it was, of each class, up to the deciding tick
        potentials = [Signal(signed(core.membrane_width), name=f"v{at}") for at in range(core.classes)]
        fired = [Signal(range(core.steps + 1), name=f"f{at}") for at in range(core.classes)]
        over, pending, tick = Signal(), Signal(), Signal(range(core.steps + 1))
        any_fired, word_fires = Signal(), Signal()
        m.d.comb += word_fires.eq(sum(lane.fired for lane in i.payload) != 0 if by_spike else 0)
        group, now = self.taken % core.groups, self.taken // core.groups
        whole = group == core.groups - 1
        crosses = (any_fired & (group != 0)) | word_fires
        decides = Signal(name="decides")
        m.d.comb += decides.eq(self.took & ~over & whole & (crosses | (now == core.steps - 1)))
        with m.If(self.took & ~over):
            m.d.sync += any_fired.eq(crosses)
            for at in range(core.groups):
                with m.If(group == at):
                    for lane in range(core.channels):
                        v, times = potentials[at * core.channels + lane], fired[at * core.channels + lane]
                        before = Mux(now == 0, 0, times) if core.kind == "count" else 0
                        m.d.sync += [v.eq(i.payload[lane].potential), times.eq(before + i.payload[lane].fired)]
        with m.If(decides):
            m.d.sync += tick.eq(Mux(crosses, now, core.steps) if by_spike else now)
        m.d.sync += [over.eq((over | decides) & ~self.input_ends), pending.eq((pending & ~self.gave) | decides)]

        hold(m, o)
        soon(m, "late", self.promise.late, pending & ~o.valid)
        soon(m, "waiting", self.promise.wait, i.valid & ~i.ready & (~o.valid | o.ready))
        m.d.comb += [Assert(~o.valid | pending), Assert(~self.took | over | ~pending | self.gave)]
        with m.If(o.valid):
            m.d.comb += Assert(o.payload.tick == tick)
            for given in range(core.classes):
                m.d.comb += Assert(o.payload.potentials[given] == potentials[given])
                with m.If(o.payload.class_index == given):
                    for other in range(core.classes):
                        m.d.comb += Assert(~self._better(fired, potentials, other, given, core.kind != "potential"))
            m.d.comb += Assert(o.payload.class_index < core.classes)
        never = {"never": o.valid & (o.payload.tick == core.steps)} if by_spike else {}
        reach(m, tick=o.valid & (o.payload.tick < core.steps), stall=self.stalled, tie=o.valid & (potentials[0]
              == potentials[1]), highest=o.valid & (o.payload.class_index == core.classes - 1), **never)

    @staticmethod
    def _better(fired, potentials, a: int, b: int, by_spikes: bool):
        larger = (potentials[a] > potentials[b]) | ((potentials[a] == potentials[b]) & Const(a < b, 1))
        return (fired[a] > fired[b]) | ((fired[a] == fired[b]) & larger) if by_spikes else larger
