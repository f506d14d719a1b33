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
        """Sums over one word, for each channel and plane."""
        core = self.core
        width, pairs = core.lanes.bit_length() + 1, core.paired
        less = [self._less(m, weights, channel, enable) if pairs else None for channel in range(core.channels)]
        sums: list[list[Value]] = [[] for _ in range(core.channels)]
        for tick, spikes in self._spikes(m, first_tick, enable):
            total = self._count(m, f"all_{tick}", _odd(spikes) if pairs else spikes, enable)
            for channel in range(core.channels):
                chosen = self._paired(spikes, weights, channel) if pairs else self._select(spikes, weights, channel)
                counted = self._count(m, f"positive_{tick}_{channel}", chosen, enable, less[channel])
                double = counted << 1
                sums[channel].append((double + total if pairs else double - total)[:width].as_signed())
        return sums

    def _less(self, m: Module, weights: Value, channel: int, enable: Value) -> Value:
        """How many pairs of a channel are not +1 alone, when the last stage of its sum needs it."""
        core = self.core
        if not core.numbered:
            signs = weights[channel * core.synapses:][:core.synapses]
            less = [~signs[at:at + 2].all() for at in range(0, core.synapses, 2)]
            return self._count(m, f"less_{channel}", less, enable, held=False)
        width = core.pairs.bit_length()
        number = weights[core.word_bits + channel * width:][:width]
        for stage in range(core.adder_stages):
            later = Signal(width, name=f"less_{channel}_{stage}")
            with m.If(enable):
                m.d.sync += later.eq(number)
            number = later
        return number

    def _paired(self, spikes: list[Value], weights: Value, channel: int) -> list[Value]:
        """What is left of the sums of pairs of synapses, as bits."""
        signs = weights[channel * len(spikes):][:len(spikes)]
        bits = [Mux(signs[at], Mux(signs[at + 1], a & b, ~b | a), Mux(signs[at + 1], ~a | b, ~(a | b)))
                for at, (a, b) in enumerate(zip(spikes, spikes[1:], strict=False)) if at % 2 == 0]
        return bits + [~(signs[-1] | spikes[-1])] * (len(spikes) % 2)

    def _count(self, m: Module, name: str, bits: list[Value], enable: Value, less: Value | None = None, *,
               held: bool | None = None) -> Value:
        """Number of ones; where it is added up over words, `_held` has the last of its registers."""
        held = self.core.words == 1 if held is None else held
        if len(self.core.rom) > 1:
            chosen = [Signal(name=f"{name}_bit_{at}") for at in range(len(bits))]
            with m.If(enable):
                m.d.sync += [kept.eq(bit) for kept, bit in zip(chosen, bits, strict=True)]
            bits = list(chosen)
        return popcount(m, name, bits, self.core.adder_stages, enable, held=held, less=less)

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
        free = Signal()
        arrives = [Signal(name=f"arrives_{stage}") for stage in range(core.latency)]
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), self.i.ready.eq(free)]
        weights, first_tick = self._fetch(m, self.i.valid & free)
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


def _odd(spikes: list[Value]) -> list[Value]:
    """Of each pair, whether one of both spikes; of an odd number the last, alone."""
    return [a ^ b for a, b in zip(spikes[::2], spikes[1::2], strict=False)] + spikes[len(spikes) // 2 * 2:]
