"""Memory that a core reads and a host writes: weights and thresholds that change without synthesis."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from amaranth.hdl import Module, ShapeLike, Signal, Value, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow.cores import Synapses
from quant.dataflow.memories import Memory, of


def write_signature(words: Memory) -> wiring.Signature:
    """Port by which a memory is written: in a cycle of ``enable``, ``data`` goes to ``address``."""
    return wiring.Signature({"enable": Out(1), "address": Out(range(len(words.words))), "data": Out(words.width)})


def load_signature(memories: Collection[Memory]) -> wiring.Signature:
    """Port by which several memories are written: ``enable`` has a bit for each of them.

    A word of n bytes is in the highest n bytes of ``data``.
    """
    return wiring.Signature({"enable": Out(len(memories)),
                             "address": Out(range(max(len(each.words) for each in memories))),
                             "data": Out(8 * max(each.word_bytes for each in memories))})


def write(load: Any, place: int, words: Memory, port: Any) -> list[Any]:
    """Assignments that connect memory ``place`` of a `load_signature` to its own port of a `write_signature`."""
    return [port.enable.eq(load.enable[place]), port.address.eq(load.address),
            port.data.eq(load.data[len(load.data) - 8 * words.word_bytes:])]


class Ram(wiring.Component):
    """Memory with a port to write and one to read, a cycle late; for words that are never read while they are written.

    Such a read gives the old word in simulation. In hardware it is undefined; of a port that Amaranth makes
    synchronous, Yosys would keep the old word in gates around the block RAM.

    Parameters
    ----------
    shape : ShapeLike
        Of a word.
    depth : int
    init : sequence
        Words at power-up; the first is also the one on ``read.data``.
    attributes : dict
        For synthesis.

    Members
    -------
    write : In({"en", "addr", "data"})
    read : In({"en", "addr", "data"})
        The word at ``addr`` is on ``data`` from the next cycle on; it stays until the next read.
    """

    def __init__(self, shape: ShapeLike, depth: int, init: Sequence[Any] = (),
                 attributes: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.memory = memory.Memory(shape=shape, depth=depth, init=init, attrs={"no_rw_check": 1, **attributes})
        place = range(depth)
        super().__init__({
            "write": In(wiring.Signature({"en": Out(1), "addr": Out(place), "data": Out(shape)})),
            "read": In(wiring.Signature({"en": Out(1), "addr": Out(place), "data": In(shape)}))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = cells = self.memory
        write, read = cells.write_port(), cells.read_port(domain="comb")
        word = Signal(cells.shape, init=next(iter(cells.init), None), reset_less=True)
        m.d.comb += [write.en.eq(self.write.en), write.addr.eq(self.write.addr), write.data.eq(self.write.data),
                     read.addr.eq(self.read.addr), self.read.data.eq(word)]
        with m.If(self.read.en):
            m.d.sync += word.eq(read.data)
        return m


class Store(wiring.Component):
    """Memory with its content at power-up, which is read a cycle late; one of a single word is a register.

    A reset leaves what was written.

    Parameters
    ----------
    words : Memory
    attributes : dict
        For synthesis.

    Members
    -------
    write : ``In(write_signature(words))``
    address : In
    enable : In(1)
        Read: the word at ``address`` is on ``data`` from the next cycle on.
    data : Out
        Undefined after a cycle in which its word was written; a register shows it at once.
    """

    def __init__(self, words: Memory, attributes: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.words, self.attributes = words, attributes
        super().__init__({"write": In(write_signature(words)), "address": In(range(len(words.words))), "enable": In(1),
                          "data": Out(words.width)})

    def elaborate(self, platform):
        m = Module()
        content = self.words.words
        if len(content) == 1:
            word = Signal(self.words.width, init=content[0], reset_less=True)
            m.d.comb += self.data.eq(word)
            with m.If(self.write.enable):
                m.d.sync += word.eq(self.write.data)
            return m
        m.submodules.ram = ram = Ram(unsigned(self.words.width), len(content), content, self.attributes)
        m.d.comb += [ram.write.en.eq(self.write.enable), ram.write.addr.eq(self.write.address),
                     ram.write.data.eq(self.write.data), ram.read.en.eq(self.enable), ram.read.addr.eq(self.address),
                     self.data.eq(ram.read.data)]
        return m


def writable(core: Any) -> dict[str, Any]:
    """Member of a component by which the memory of its core is written."""
    words = of(core)
    assert words is not None
    return {"write": In(write_signature(words))}


def stored(m: Module, name: str, core: Any, port: Any, address: Value, enable: Value) -> Signal:
    """Word of the memory of a core that was at ``address`` when ``enable`` was last 1."""
    words = of(core)
    assert words is not None
    # Weights are many bits at once: in flip-flops they would take more than the sums
    m.submodules[name] = store = Store(words, {"ram_style": "block"} if isinstance(core, Synapses) else {})
    wiring.connect(m, wiring.flipped(port), store.write)
    m.d.comb += [store.address.eq(address), store.enable.eq(enable)]
    return store.data
