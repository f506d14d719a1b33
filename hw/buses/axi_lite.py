"""AXI4-Lite bridge to registers."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .registers import ADDRESS_BITS, WIDTH, RegisterBus

ADDRESS = ADDRESS_BITS + (WIDTH // 8).bit_length() - 1
SLVERR = 2
PORTS = {
    "awaddr": In(ADDRESS), "awprot": In(3), "awvalid": In(1), "awready": Out(1),
    "wdata": In(WIDTH), "wstrb": In(WIDTH // 8), "wvalid": In(1), "wready": Out(1),
    "bresp": Out(2), "bvalid": Out(1), "bready": In(1),
    "araddr": In(ADDRESS), "arprot": In(3), "arvalid": In(1), "arready": Out(1),
    "rdata": Out(WIDTH), "rresp": Out(2), "rvalid": Out(1), "rready": In(1)}
"""Ports of an AXI4-Lite subordinate, without prefix."""


class AxiLite(wiring.Component):
    """Bridge from AXI4-Lite, of one transaction at a time in each direction, to registers that are only read.

    All outputs are registers. A write is answered with SLVERR and does nothing. A read takes 3 cycles from ``arvalid``
    to ``rvalid``.

    Members
    -------
    <port> : each of `PORTS`
    bus : Out(RegisterBus())
    """

    def __init__(self):
        super().__init__(PORTS | {"bus": Out(RegisterBus())})

    def elaborate(self, platform):
        m = Module()
        reading = Signal()
        m.d.comb += [self.bresp.eq(SLVERR), self.wready.eq(self.awready), self.bus.r_stb.eq(self.arready),
                     Cat(Signal(2, name="byte"), self.bus.addr).eq(self.araddr)]
        m.d.sync += [self.awready.eq(self.awvalid & self.wvalid & ~self.awready & ~self.bvalid),
                     self.arready.eq(self.arvalid & ~self.arready & ~reading & ~self.rvalid), reading.eq(self.arready)]
        with m.If(self.awready):
            m.d.sync += self.bvalid.eq(1)
        with m.Elif(self.bready):
            m.d.sync += self.bvalid.eq(0)
        with m.If(reading):
            m.d.sync += [self.rvalid.eq(1), self.rdata.eq(self.bus.r_data)]
        with m.Elif(self.rready):
            m.d.sync += self.rvalid.eq(0)
        return m
