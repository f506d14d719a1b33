"""Framer and deframer of the serial link: bodies to bytes and back; `docs/protocol.md` describes the format."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, enum, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.serial_link.protocol import CRC_BYTES, ESCAPE, FLAG, FLIP, SHORTEST

from ..cores.streams.stream import counter
from ..names import flags
from .crc import Crc


class Mark(enum.Enum, shape=2):  # type: ignore[call-arg]  # Amaranth has no types
    """Kind of an event of the `Deframer`."""

    BYTE = 0
    WHOLE = 1  # end of a frame whose CRC is right
    DAMAGED = 2  # end of a frame whose CRC is wrong
    NOTHING = 3  # end of what was aborted or too short to be a frame


EVENT = data.StructLayout({"data": 8, "mark": Mark})
BODY = data.StructLayout({"data": 8, "last": 1})


class Deframer(wiring.Component):
    """Deframer: from bytes of the serial link to the bytes of frames, CRC included, and the end of each frame.

    A byte takes 8 cycles. Every flag ends a frame, also one without bytes. The output is a register, a cycle later.

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``
    o : ``Out(stream.Signature(EVENT))``
        A byte without stuffing (``BYTE``), or the end of a frame, whose ``data`` is undefined.
    """

    i: In(stream.Signature(unsigned(8)))
    o: Out(stream.Signature(EVENT))

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = Crc()
        escaped, flag, escape, moves, comes, free = flags("escaped flag escape moves comes free")
        length = Signal(range(SHORTEST + 1))
        bit, bit_last = counter(m, "bit", 8, crc.enable)
        byte = Signal(8)
        m.d.comb += [
            flag.eq(self.i.payload == FLAG), escape.eq(self.i.payload == ESCAPE),
            byte.eq(self.i.payload ^ Mux(escaped, FLIP, 0)), free.eq(~self.o.valid | self.o.ready),
            comes.eq(self.i.valid & (flag | (~escape & bit_last))), moves.eq(comes & free),
            self.i.ready.eq(escape | moves),
            crc.feed.eq(1), crc.bit.eq(byte.bit_select(bit, 1)), crc.clear.eq(moves & flag),
            crc.enable.eq(self.i.valid & ~flag & ~escape & (~bit_last | free)),
        ]
        with m.If(free):
            m.d.sync += [self.o.valid.eq(comes), self.o.p.data.eq(byte), self.o.p.mark.eq(Mark.BYTE)]
            with m.If(flag):
                m.d.sync += self.o.p.mark.eq(Mux(escaped | (length != SHORTEST), Mark.NOTHING,
                                                 Mux(crc.whole, Mark.WHOLE, Mark.DAMAGED)))
        with m.If(self.i.valid & escape):
            m.d.sync += escaped.eq(1)
        with m.If(moves):
            m.d.sync += escaped.eq(0)
            with m.If(flag):
                m.d.sync += length.eq(0)
            with m.Elif(length != SHORTEST):
                m.d.sync += length.eq(length + 1)
        return m


class Framer(wiring.Component):
    """Framer: from bodies to frames of flag, stuffed bytes, CRC, flag.

    Members
    -------
    i : ``In(stream.Signature(BODY))``
        Bytes of a body, the last one marked; each is taken 8 cycles after it was output.
    o : ``Out(stream.Signature(unsigned(8)))``
    """

    i: In(stream.Signature(BODY))
    o: Out(stream.Signature(unsigned(8)))

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = Crc()
        moves, escaped, special, trailing = flags("moves escaped special trailing")
        byte = Signal(8)
        bit, bit_last = counter(m, "bit", 8, crc.enable)
        _, trailer_last = counter(m, "trailer", CRC_BYTES, crc.enable & bit_last & trailing)
        m.d.comb += [
            byte.eq(Mux(trailing, crc.low, self.i.p.data)), special.eq((byte == FLAG) | (byte == ESCAPE)),
            crc.feed.eq(~trailing), crc.bit.eq(self.i.p.data.bit_select(bit, 1)),
            self.o.payload.eq(FLAG), moves.eq(self.o.valid & self.o.ready),
        ]
        m.d.sync += self.i.ready.eq(0)  # a register for speed: 1 with the last bit of a byte of the body
        with m.FSM():
            with m.State("Open"):
                m.d.comb += [self.o.valid.eq(self.i.valid), crc.clear.eq(1)]
                with m.If(moves):
                    m.next = "Send"
            with m.State("Send"):
                m.d.comb += [self.o.valid.eq(trailing | self.i.valid),
                             self.o.payload.eq(Mux(special & ~escaped, ESCAPE, byte ^ Mux(escaped, FLIP, 0)))]
                with m.If(moves):
                    m.d.sync += escaped.eq(special & ~escaped)
                    with m.If(~special | escaped):
                        m.next = "Shift"
            with m.State("Shift"):
                m.d.comb += crc.enable.eq(1)
                m.d.sync += self.i.ready.eq((bit == 6) & ~trailing)
                with m.If(bit_last):
                    m.next = "Send"
                    with m.If(trailing & trailer_last):
                        m.d.sync += trailing.eq(0)
                        m.next = "Close"
                    with m.Elif(self.i.p.last):
                        m.d.sync += trailing.eq(1)
            with m.State("Close"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(moves):
                    m.next = "Open"
        return m
