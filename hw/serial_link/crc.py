"""CRC-32/ISO-HDLC, a bit a cycle: a byte takes 8 cycles, and a UART leaves at least 80."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.serial_link.protocol import RESIDUE

POLYNOMIAL = 0xEDB88320  # 0x04C11DB7, bits reversed: the lowest bit is the first on the line
ONES = 0xFFFFFFFF


class Crc(wiring.Component):
    """A register that bits go through.

    Members
    -------
    clear : In(1)
        Begins a frame; goes before ``enable``.
    enable : In(1)
        Moves the register by one bit.
    feed : In(1)
        1: by ``bit``; 0: the register is only shifted out, its lowest bit first.
    bit : In(1)
        Lowest bit of a byte first.
    low : Out(8)
        The lowest byte of the CRC, which is the first on the line.
    whole : Out(1)
        The bits since ``clear`` were a body and its CRC.
    """

    clear: In(1)
    enable: In(1)
    feed: In(1)
    bit: In(1)
    low: Out(8)
    whole: Out(1)

    def elaborate(self, platform):
        m = Module()
        register = Signal(32, init=ONES)
        fed = Signal()
        m.d.comb += [fed.eq(self.feed & (self.bit ^ register[0])), self.low.eq(~register[:8]),
                     self.whole.eq(register == RESIDUE ^ ONES)]
        with m.If(self.clear):
            m.d.sync += register.eq(ONES)
        with m.Elif(self.enable):
            m.d.sync += register.eq(Cat(register[1:], Const(0, 1)) ^ Mux(fed, POLYNOMIAL, 0))
        return m
