"""AXI4-Lite bridge to registers."""

from collections.abc import Collection

from amaranth.hdl import Cat, Module, Mux, Signal
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
    """Bridge from AXI4-Lite, of one transaction at a time in each direction, to registers.

    All outputs are registers. A write to what cannot be written, or of a part of a register, is answered with SLVERR
    and does nothing. A read takes 3 cycles from ``arvalid`` to ``rvalid``, and one more if a write comes first.

    Parameters
    ----------
    writable : collection of int
        Registers that can be written, counted.

    Members
    -------
    <port> : each of `PORTS`
    bus : Out(RegisterBus())
    """

    def __init__(self, writable: Collection[int] = ()) -> None:
        self.writable = writable
        super().__init__(PORTS | {"bus": Out(RegisterBus())})

    def elaborate(self, platform):
        m = Module()
        reading = Signal()
        writes = self.awvalid & self.wvalid & ~self.awready & ~self.bvalid
        reads = self.arvalid & ~self.arready & ~reading & ~self.rvalid
        m.d.comb += [self.wready.eq(self.awready), self.bus.r_stb.eq(self.arready),
                     Cat(Signal(2, name="byte"), self.bus.addr).eq(self._address(m))]
        m.d.sync += [self.awready.eq(writes), self.arready.eq(reads & ~writes if self.writable else reads),
                     reading.eq(self.arready)]
        with m.If(self.awready):
            m.d.sync += self.bvalid.eq(1)
        with m.Elif(self.bready):
            m.d.sync += self.bvalid.eq(0)
        with m.If(reading):
            m.d.sync += [self.rvalid.eq(1), self.rdata.eq(self.bus.r_data)]
        with m.Elif(self.rready):
            m.d.sync += self.rvalid.eq(0)
        return m

    def _address(self, m):
        """Answer writes; the address of the register that is read or written."""
        if not self.writable:
            m.d.comb += self.bresp.eq(SLVERR)
            return self.araddr
        taken = self.awaddr[2:].matches(*self.writable) & self.wstrb.all()
        m.d.comb += [self.bus.w_stb.eq(self.awready & taken), self.bus.w_data.eq(self.wdata)]
        with m.If(self.awready):
            m.d.sync += self.bresp.eq(Mux(taken, 0, SLVERR))
        return Mux(self.awready, self.awaddr, self.araddr)
