"""Specifications of the framer and the deframer of the serial link (`hw.serial_link.frames`), for arbitrary input."""

from amaranth.hdl import Assert, Assume, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hw.serial_link.frames import Deframer, Framer, Mark
from quant.serial_link.protocol import CRC_BYTES, ESCAPE, FLAG, FLIP
from tests.formal.engine import reach

BYTE_CYCLES = 8


class LinkEnd(wiring.Component):
    """A component between free inputs: a stalled word stays, and a word moves within a number of cycles."""

    own_asserts = True

    def __init__(self, dut: wiring.Component) -> None:
        self.dut = dut
        super().__init__({"i": dut.signature.members["i"], "ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        wiring.connect(m, wiring.flipped(self.i), dut.i)
        m.d.comb += dut.o.ready.eq(self.ready)
        self.took, self.gave = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
        for name, port, claim in (("i", dut.i, Assume), ("o", dut.o, Assert)):
            payload = Value.cast(port.payload)
            stalled, last = Signal(name=f"{name}_stalled"), Signal(payload.shape(), name=f"{name}_last")
            m.d.sync += [stalled.eq(port.valid & ~port.ready), last.eq(payload)]
            with m.If(stalled):
                m.d.comb += [claim(port.valid), claim(payload == last)]
        self.claims(m)
        return m

    def claims(self, m: Module) -> None:
        """Add the further claims of the component to ``m``."""
        raise NotImplementedError


class DeframerEnd(LinkEnd):
    """Deframer: a byte is taken in its eighth cycle, unless an event is stalled; every flag ends a frame."""

    def __init__(self) -> None:
        super().__init__(Deframer())

    def claims(self, m: Module) -> None:
        """Add the claims about bytes and flags."""
        dut = self.dut
        waited = Signal(range(BYTE_CYCLES + 1))
        with m.If(self.took):
            m.d.sync += waited.eq(0)
        with m.Elif(dut.i.valid & (waited != BYTE_CYCLES)):
            m.d.sync += waited.eq(waited + 1)
        with m.If(dut.i.valid & (waited >= BYTE_CYCLES - 1) & self.ready):
            m.d.comb += Assert(self.took)
        flag, byte, held = (Signal(name=name) for name in ("flag", "byte", "held"))  # of the cycle before
        m.d.sync += [flag.eq(self.took & (dut.i.payload == FLAG)), held.eq(dut.o.valid & ~self.ready),
                     byte.eq(self.took & (dut.i.payload != FLAG) & (dut.i.payload != ESCAPE))]
        m.d.comb += Assert(dut.o.valid == (flag | byte | held))
        with m.If(flag | byte):
            m.d.comb += Assert((dut.o.p.mark == Mark.BYTE) == byte)
        reach(m, stalled=dut.o.valid & ~self.ready, byte=self.gave & (dut.o.p.mark == Mark.BYTE),
              damaged=self.gave & (dut.o.p.mark == Mark.DAMAGED), nothing=self.gave & (dut.o.p.mark == Mark.NOTHING))


class FramerEnd(LinkEnd):
    """Framer: flags only at the ends of frames, an escape only before a byte that needs it, and a CRC in each frame."""

    def __init__(self) -> None:
        super().__init__(Framer())

    def claims(self, m: Module) -> None:
        """Add the claims about flags, escapes and the CRC."""
        out = self.dut.o.payload
        inside, escaped, waited = Signal(), Signal(), Signal(range(BYTE_CYCLES + 3))
        length = Signal(range(CRC_BYTES + 2))
        with m.If(self.gave):
            m.d.sync += [escaped.eq(inside & (out == ESCAPE)), inside.eq(inside ^ (out == FLAG)), waited.eq(0)]
            with m.If(out == FLAG):
                m.d.sync += length.eq(0)
            with m.Elif((out != ESCAPE) & (length <= CRC_BYTES)):
                m.d.sync += length.eq(length + 1)
            with m.If(~inside):
                m.d.comb += Assert(out == FLAG)
            with m.Elif(out == FLAG):
                m.d.comb += Assert(length > CRC_BYTES)
            with m.If(escaped):
                m.d.comb += Assert((out == FLAG ^ FLIP) | (out == ESCAPE ^ FLIP))
        with m.Elif(self.ready & self.dut.i.valid):
            m.d.sync += waited.eq(waited + 1)
        m.d.comb += Assert(waited <= BYTE_CYCLES + 1)
        reach(m, frame=self.gave & inside & (out == FLAG), escape=self.gave & escaped,
              stalled=self.dut.o.valid & ~self.ready)


ENDS = {"deframer": DeframerEnd, "framer": FramerEnd}
