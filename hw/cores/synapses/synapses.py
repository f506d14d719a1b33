"""Synapses: for each channel and plane, the sum of sign weights over the inputs that spike."""

from collections.abc import Iterator

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .. import spike_coding as codes
from ..store import stored, writable
from ..streams.stream import counter, lanes_layout, sums_layout
from ..widths import narrow
from .popcount import popcount


class Synapses(wiring.Component):
    """n(t) = 2 * popcount(spiking & positive) - popcount(spiking), over ``words`` input words a pass.

    Weights are wires where one word holds them all, else block-RAM words read one ahead of the input. After reset the
    core takes no input for one cycle, in which the first weights are read. Spikes and weights of a word are registered
    before they are added up. A pass is out ``latency + 1`` cycles after its last word; passes follow each other with no
    gap. In a partial last group, plane ``bit_planes`` sums the inputs that never spike, and later planes are zero.

    Parameters
    ----------
    core : quant.dataflow.cores.Synapses
    reload : bool
        Whether weights, in two words at least, can be written while no input is on its way.

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
    o : ``Out(stream.Signature(sums_layout(core, planes_per_pass)))``
    write : ``In(write_signature(...))``
        With ``reload``; words come in the order of their addresses.
    """

    def __init__(self, core: cores.Synapses, *, reload: bool = False) -> None:
        self.core, self.reload = core, reload
        super().__init__({"i": In(stream.Signature(lanes_layout(core, core.lanes))),
                          "o": Out(stream.Signature(sums_layout(core, core.planes_per_pass))),
                          **(writable(core) if reload else {})})

    def _fetch(self, m: Module, enable: Value) -> tuple[Value, Value]:
        """The weight word and the first plane of the group for the next input word; ``enable`` moves on by one."""
        core = self.core
        _, word_last = counter(m, "word", core.words, enable)
        order = [("tick_group", core.plane_groups), ("group", core.groups)]
        inner, outer = order[::-1] if core.planes_outermost else order
        at = {}
        at[inner[0]], inner_last = counter(m, inner[0], inner[1], enable & word_last)
        at[outer[0]], _ = counter(m, outer[0], outer[1], enable & word_last & inner_last)
        first_tick = Signal(range(core.bit_planes))
        with m.If(enable):
            m.d.sync += narrow(first_tick, at["tick_group"] * core.planes_per_pass)
        if len(core.rom) == 1:
            return Const(core.rom[0], core.word_bits), first_tick
        if self.reload:
            address = Signal(range(len(core.rom)))
            # The first word, which is read ahead while none is on its way, is read again
            data = stored(m, "rom", core, self.write, Mux(self.write.enable, 0, address), enable | self.write.enable)
        else:
            m.submodules.rom = rom = Memory(shape=core.word_bits, depth=len(core.rom), init=core.rom)
            read = rom.read_port(domain="sync")
            address, data = read.addr, read.data
        with m.If(enable):
            with m.If(word_last & (~inner_last if inner[0] == "tick_group" else Const(0))):
                m.d.sync += narrow(address, address - (core.words - 1))
            with m.Elif(address == len(core.rom) - 1):
                m.d.sync += address.eq(0)
            with m.Else():
                m.d.sync += narrow(address, address + 1)
        if not self.reload:
            m.d.comb += read.en.eq(enable)
        return data, first_tick

    def _kept(self, m: Module, weights: Value, enable: Value) -> Value:
        """Weights of the word whose spikes are in their registers."""
        if isinstance(weights, Const):
            return weights
        kept = Signal(len(weights), name="weights")
        with m.If(enable):
            m.d.sync += kept.eq(weights)
        return kept

    def _spikes(self, m: Module, first_tick: Value, enable: Value) -> Iterator[tuple[int, list[Value]]]:
        """Registers of the spikes of a word, for each plane of a pass."""
        core = self.core
        for tick in range(core.planes_per_pass):
            now = tick if core.plane_groups == 1 else first_tick + tick
            spikes = [Signal(name=f"spike_{tick}_{lane}") for lane in range(core.lanes)]
            with m.If(enable):
                m.d.sync += [spike.eq(codes.spikes(core, self.i.payload[lane], now))
                             for lane, spike in enumerate(spikes)]
            yield tick, spikes

    def _partial_sums(self, m: Module, weights: Value, first_tick: Value, enable: Value) -> list[list[Value]]:
        """2 * popcount(spiking & positive) - popcount(spiking) over one word, for each channel and plane."""
        core = self.core
        width = core.lanes.bit_length() + 1
        sums: list[list[Value]] = [[] for _ in range(core.channels)]
        for tick, spikes in self._spikes(m, first_tick, enable):
            total = self._count(m, f"all_{tick}", spikes, enable)
            for channel in range(core.channels):
                positive = self._count(m, f"positive_{tick}_{channel}", self._select(spikes, weights, channel), enable)
                sums[channel].append(((positive << 1) - total)[:width].as_signed())
        return sums

    def _count(self, m: Module, name: str, bits: list[Value], enable: Value) -> Value:
        """Number of ones; where it is added up over words, `_held` has the last of its registers."""
        return popcount(m, name, bits, self.core.adder_stages, enable, held=self.core.words == 1)

    def _held(self, m: Module, name: str, partial: Value, enable: Value) -> Value:
        """Partial sum of a word, as it is added to the total."""
        if self.core.words == 1:
            return partial
        addend = Signal(partial.shape(), name=name)
        with m.If(enable):
            m.d.sync += addend.eq(partial)
        return addend

    def _select(self, spikes: list[Value], weights: Value, channel: int) -> list[Value]:
        """The spikes at synapses of weight +1."""
        places = range(channel * len(spikes), (channel + 1) * len(spikes))
        if isinstance(weights, Const):
            return [spike for spike, place in zip(spikes, places, strict=True) if weights.value >> place & 1]
        return [spike & weights[place] for spike, place in zip(spikes, places, strict=True)]

    def elaborate(self, platform):
        m = Module()
        core = self.core
        primed = Signal()
        free = Signal()
        arrives = [Signal(name=f"arrives_{stage}") for stage in range(core.latency)]
        weights, first_tick = self._fetch(m, (self.i.valid & self.i.ready) | ~primed)
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(primed & free)]
        m.d.sync += primed.eq(1)
        partial = self._partial_sums(m, self._kept(m, weights, free), first_tick, free)
        summed, last = counter(m, "summed", core.words, free & arrives[-1])
        with m.If(free):
            for before, after in zip([self.i.valid & primed, *arrives], arrives, strict=False):
                m.d.sync += after.eq(before)
            m.d.sync += self.o.valid.eq(arrives[-1] & last)
        for channel, sums in enumerate(partial):
            for tick, value in enumerate(sums):
                addend = self._held(m, f"addend_{tick}_{channel}", value, free)
                total = self.o.payload[channel][tick]
                with m.If(free & arrives[-1]):
                    # Behind the adder the choice shares its LUTs
                    m.d.sync += narrow(total, Mux(summed == 0, addend, total + addend) if core.words > 1 else addend)
        return m
