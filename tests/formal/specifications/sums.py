"""Sums over the inputs that spike, from the definition of a synapse."""

from amaranth.hdl import Array, Assert, Const, Module, Mux, Signal, signed

from hw.accelerator import component
from quant.dataflow import cores
from quant.description.spike_coding import Times
from tests.formal.engine import reach
from tests.formal.specifications.follow import Groups
from tests.formal.specifications.stream import Promise, table


class Sums(Groups):
    """One arbitrary pass of synapses: n(t) of each channel is the sum of weights of the inputs that spike in plane t.

    The values are arbitrary words; of spike times never and more among them.
    """

    def __init__(self, core: cores.Synapses) -> None:
        passes = [list(range(at * core.words, (at + 1) * core.words)) for at in range(core.passes)]
        promise = Promise([core_words // core.words for core_words in range(core.words * core.passes)], core.passes,
                          late=core.latency, wait=1)
        super().__init__(component(core), promise, passes)

    def _order(self, core: cores.Synapses) -> list[tuple[int, int]]:
        """(channel group, plane group) of each pass."""
        if core.planes_outermost:
            return [(group, planes) for planes in range(core.plane_groups) for group in range(core.groups)]
        return [(group, planes) for group in range(core.groups) for planes in range(core.plane_groups)]

    @staticmethod
    def _bit(core: cores.Synapses, plane: int) -> int:
        """The bit of a train or a number that is a spike in a plane; none behind the last."""
        place = core.bit_planes - 1 - plane if core.spike_coding.numeric else plane
        return 1 << place if 0 <= place < core.bit_planes else 0

    def claims(self, m: Module) -> None:
        """n(t) is the sum."""
        core: cores.Synapses = self.described
        belongs, first, _ = self.collect(m)
        order = self._order(core)
        words = [core.rom[group * core.words + word] for group, _ in order for word in range(core.words)]
        starts = [planes * core.planes_per_pass for _, planes in order for _ in range(core.words)]
        for channel in range(core.channels):
            for tick in range(core.planes_per_pass):
                total = Signal(signed(core.sum_width + 2), name=f"total_{channel}_{tick}")
                added = Const(0, signed(2))
                for at in range(core.synapses):
                    lanes = [core.taken(group * core.channels + channel)[at]
                             for group, _ in order for _ in range(core.words)]
                    value = self.dut.i.payload[lanes[0] if len(set(lanes)) == 1 else table(lanes, self.taken)]
                    bits = table([self._bit(core, start + tick) for start in starts], self.taken)
                    spikes = (value == table(starts, self.taken) + tick if core.spike_coding is Times
                              else (value & bits).any())
                    weight = Array(Const(core.weight(word, channel, at), signed(8)) for word in words)[self.taken]
                    added = added + Mux(spikes, weight, 0)
                with m.If(belongs):
                    m.d.sync += total.eq(Mux(first, 0, total) + added)
                with m.If(self.answers):
                    m.d.comb += Assert(self.dut.o.payload[channel][tick] == total)
        reach(m, negative=self.answers & (total < 0), positive=self.answers & (total > 0), stall=self.stalled)
