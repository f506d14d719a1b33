"""Memory that a core reads and a host writes: weights and thresholds that change without synthesis."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from amaranth.hdl import Module, Signal, Value, unsigned
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
        word = Signal(self.words.width, init=content[0], reset_less=True)
        m.d.comb += self.data.eq(word)
        if len(content) == 1:
            with m.If(self.write.enable):
                m.d.sync += word.eq(self.write.data)
            return m
        m.submodules.memory = cells = memory.Memory(shape=unsigned(self.words.width), depth=len(content), init=content,
                                                    attrs={"no_rw_check": 1, **self.attributes})
        # Of a port that Amaranth makes synchronous, Yosys would still give the old word while a new one is written
        write, read = cells.write_port(), cells.read_port(domain="comb")
        m.d.comb += [write.en.eq(self.write.enable), write.addr.eq(self.write.address), write.data.eq(self.write.data),
                     read.addr.eq(self.address)]
        with m.If(self.enable):
            m.d.sync += word.eq(read.data)
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
