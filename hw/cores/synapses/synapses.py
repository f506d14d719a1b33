"""Synapses: for each channel and plane, the sum of sign weights over the inputs that spike."""

from collections.abc import Iterator
from operator import xor

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .. import spike_coding as codes
from ..registers import kept
from ..store import stored, writable
from ..streams.stream import counter, lanes_layout, sums_layout
from ..widths import narrow
from .popcount import popcount


class Synapses(wiring.Component):
    """n(t), the sum of the weights of the inputs that spike, over ``words`` input words a pass.

    Of wired weights, n(t) = 2 * popcount(spiking & positive) - popcount(spiking). Weights of a memory act in pairs of
    inputs a, b, of which a XOR b is counted once for all channels. A pair adds that and, doubled, what is left of it,

        weights + +: a AND b    + -: -(b AND NOT a)    - +: -(a AND NOT b)    - -: -(a OR b)

    of which each is a bit, or a bit less 1. So a pair of a channel is one function of four inputs. How many pairs of a
    channel are less by 1 comes with its weights, or is counted once for all planes of a pass.

    Weights are wires where one word holds them all, else block-RAM words, each read while the spikes of its input word
    go into registers. What both give is registered before it is counted. A pass is out ``latency + 1`` cycles after its
    last word; passes follow each other with no gap. In a partial last group, plane ``bit_planes`` sums the inputs that
    never spike, and later planes are zero.

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

    def _fetch(self, m: Module, accept: Value) -> tuple[Value, Value]:
        """The weights of the input word, a cycle after it is accepted, and the first plane of its group."""
        core = self.core
        _, word_last = counter(m, "word", core.words, accept)
        order = [("tick_group", core.plane_groups), ("group", core.groups)]
        inner, outer = order[::-1] if core.planes_outermost else order
        at = {}
        at[inner[0]], inner_last = counter(m, inner[0], inner[1], accept & word_last)
        at[outer[0]], outer_last = counter(m, outer[0], outer[1], accept & word_last & inner_last)
        ends = {inner[0]: (word_last, inner_last), outer[0]: (word_last & inner_last, outer_last)}
        first_tick = Signal(range(core.bit_planes))
        steps, last = ends["tick_group"]
        with m.If(accept & steps):
            m.d.sync += narrow(first_tick, Mux(last, 0, first_tick + core.planes_per_pass))
        if len(core.rom) == 1:
            return Const(core.rom[0], core.word_bits), first_tick
        address = Signal(range(len(core.rom)))
        with m.If(accept):
            with m.If(word_last & (~inner_last if inner[0] == "tick_group" else Const(0))):
                m.d.sync += narrow(address, address - (core.words - 1))
            with m.Elif(address == len(core.rom) - 1):
                m.d.sync += address.eq(0)
            with m.Else():
                m.d.sync += narrow(address, address + 1)
        if self.reload:
            return stored(m, "rom", core, self.write, address, accept), first_tick
        m.submodules.rom = rom = Memory(shape=core.stored_bits, depth=len(core.rom), init=core.stored)
        read = rom.read_port(domain="sync")
        m.d.comb += [read.addr.eq(address), read.en.eq(accept)]
        return read.data, first_tick

    def _spikes(self, m: Module, first_tick: Value, enable: Value) -> Iterator[tuple[int, Value]]:
        """Register of the spikes of a word, a bit a lane, for each plane of a pass."""
        core = self.core
        for tick in range(core.planes_per_pass):
            now = tick if core.plane_groups == 1 else first_tick + tick
            yield tick, self._taken(m, enable, str(tick), (
                codes.spikes(core, self.i.payload[lane], now) for lane in core.order))

    def _taken(self, m: Module, enable: Value, name: str, spikes: Iterator[Value]) -> Value:
        """Spikes in a register, when their weights are there."""
        taken = kept(m, enable, f"spikes_{name}", Cat(spikes))
        return kept(m, enable, f"spikes_again_{name}", taken) if self.core.refetched else taken

    def _partial_sums(self, m: Module, weights: Value, first_tick: Value, enable: Value) -> list[list[Value]]:
        """Sums over one word, for each channel and plane."""
        core = self.core
        width, pairs = core.lanes.bit_length() + 1, core.paired
        less = [self._less(m, weights, channel, enable) for channel in range(core.channels if pairs else 0)]
        sums: list[list[Value]] = [[] for _ in range(core.channels)]
        for tick, spikes in self._spikes(m, first_tick, enable):
            total = self._count(m, f"all_{tick}", xor(*self._pairs(spikes, 0)) if pairs else spikes, enable)
            for channel in range(core.channels):
                chosen = self._paired(spikes, weights, channel) if pairs else self._select(spikes, weights, channel)
                counted = self._count(m, f"positive_{tick}_{channel}", chosen, enable)
                sums[channel].append(((counted - less[channel] << 1) + total if pairs else (counted << 1) - total)
                                     [:width].as_signed())
        return sums

    def _less(self, m: Module, weights: Value, channel: int, enable: Value) -> Value:
        """How many pairs of a channel are not +1 alone, in a register, when its sum is in one."""
        core = self.core
        if not core.numbered:
            first, second = self._pairs(weights[channel * core.synapses:][:core.synapses], 1)
            return self._count(m, f"less_{channel}", ~(first & second), enable)
        width = core.pairs.bit_length()
        number = weights[core.word_bits + channel * width:][:width]
        for stage in range(core.adder_stages + 1):
            number = kept(m, enable, f"less_{channel}_{stage}", number)
        return number

    def _pairs(self, bits: Value, alone: int) -> tuple[Value, Value]:
        """The first and the second bit of each pair, as vectors; ``alone``: the second of a bit without a partner."""
        pairs = self.core.pairs
        return bits[:pairs], Cat(bits[pairs:], Const(alone, 2 * pairs - len(bits)))

    def _paired(self, spikes: Value, weights: Value, channel: int) -> Value:
        """What is left of the sums of pairs of synapses, a bit a pair: spikes that agree with their sign, as weights
        differ one at least, else both.
        """
        first, second = self._pairs(weights[channel * len(spikes):][:len(spikes)], 1)
        a, b = self._pairs(spikes, 0)
        a, b, differ = ~(first ^ a), ~(second ^ b), first ^ second
        return a & b | differ & (a | b)

    def _count(self, m: Module, name: str, bits: Value, enable: Value) -> Value:
        """Number of ones, in a register."""
        if len(self.core.rom) > 1:
            bits = kept(m, enable, f"{name}_bits", bits)
        return popcount(m, name, bits, self.core.adder_stages, enable)

    def _held(self, m: Module, name: str, partial: Value, enable: Value) -> Value:
        """Partial sum of a word, as it is added to the total."""
        return kept(m, enable, name, partial) if self.core.held else partial

    def _select(self, spikes: Value, weights: Value, channel: int) -> Value:
        """The spikes at synapses of weight +1."""
        if isinstance(weights, Const):
            positive = weights.value >> channel * len(spikes)
            return Cat(spike for place, spike in enumerate(spikes) if positive >> place & 1)
        return spikes & weights[channel * len(spikes):][:len(spikes)]

    def elaborate(self, platform):
        m = Module()
        core = self.core
        free = Signal()
        arrives = [Signal(name=f"arrives_{stage}") for stage in range(core.latency)]
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(free)]
        weights, first_tick = self._fetch(m, self.i.valid & free)
        if core.refetched:
            weights = kept(m, free, "weights", weights)
        partial = self._partial_sums(m, weights, first_tick, free)
        summed, last = counter(m, "summed", core.words, free & arrives[-1])
        with m.If(free):
            for before, after in zip([self.i.valid, *arrives], arrives, strict=False):
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
