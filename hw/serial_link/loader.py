"""Loader of the memories that a host may replace: bytes in, words out, and the CRC over all of them."""

from amaranth.hdl import Array, Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow.memories import Memory
from quant.serial_link.protocol import CRC_BYTES

from ..cores.store import load_signature
from ..cores.streams.stream import counter
from ..names import flags
from .crc import Crc


class Loader(wiring.Component):
    """Writer of memories, one after the other from their first words on, from bytes as of `reload.stream`.

    A byte takes 8 cycles. Bytes behind the CRC are dropped.

    Parameters
    ----------
    memories : sequence of Memory

    Members
    -------
    clear : In(1)
        Begin with the first memory; no byte is taken.
    i : ``In(stream.Signature(unsigned(8)))``
    whole : Out(1)
        The bytes since ``clear`` were all memories and their CRC.
    load : ``Out(load_signature(memories))``
    """

    def __init__(self, memories):
        self.memories = memories
        super().__init__({"clear": In(1), "i": In(stream.Signature(unsigned(8))), "whole": Out(1),
                          "load": Out(load_signature(memories))})

    def elaborate(self, platform):
        m = Module()
        parts = [*self.memories, Memory(8 * CRC_BYTES, (0,))]  # the CRC passes like a memory of a word
        load = self.load
        takes, ends, full = flags("takes ends full")
        part = Signal(range(len(parts) + 1))
        at = Signal(range(max(each.word_bytes for each in parts)))
        last_byte, last_word = (Array(values)[part] for values in (
            [each.word_bytes - 1 for each in parts], [len(each.words) - 1 for each in parts]))
        over = part == len(parts)
        m.submodules.crc = crc = Crc()
        bit, bit_last = counter(m, "bit", 8, crc.enable)
        m.d.comb += [
            self.i.ready.eq(~self.clear & (over | bit_last)), takes.eq(self.i.valid & self.i.ready & ~over),
            crc.clear.eq(self.clear), crc.feed.eq(1), crc.bit.eq(self.i.payload.bit_select(bit, 1)),
            crc.enable.eq(self.i.valid & ~self.clear & ~over & ~full), self.whole.eq(over & crc.whole),
            ends.eq(at == last_byte), load.enable.eq(full << part),
        ]
        m.d.sync += full.eq(takes & ends)
        with m.If(takes):
            m.d.sync += [load.data.eq(Cat(load.data, self.i.payload)[8:]), at.eq(at + 1)]
            with m.If(ends):
                m.d.sync += at.eq(0)
        with m.If(full):
            m.d.sync += load.address.eq(load.address + 1)
            with m.If(load.address == last_word):
                m.d.sync += [load.address.eq(0), part.eq(part + 1)]
        with m.If(self.clear):
            m.d.sync += [load.address.eq(0), part.eq(0), at.eq(0), bit.eq(0)]
        return m
