# amaranth: UnusedElaboratable=no
# (a design may be made for its ports alone)
"""Wishbone, by amaranth-soc: images and results through registers."""

import math

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from ..accelerator import Accelerator
from ..emission.header import header
from ..emission.litex import module
from .bus import BUSES, Bus, BusAccelerator
from .framed import FramedAccelerator
from .loading import connect, registers
from .registers import ADDRESS_BITS, WIDTH, watch

LANES = WIDTH // 8  # pixels of a word
PORTS = {"cyc": In(1), "stb": In(1), "we": In(1), "adr": In(ADDRESS_BITS), "sel": In(WIDTH // 8), "dat_w": In(WIDTH),
         "dat_r": Out(WIDTH), "ack": Out(1)}


class WishboneAccelerator(BusAccelerator):
    """A core whose images and results go through registers on a Wishbone, which a processor writes and reads.

    Words of images wait in a FIFO that holds a whole one.

    Parameters
    ----------
    core : Accelerator
    digest : str
        SHA-256 of the network, in hexadecimal.
    domain : str
        As of `BusAccelerator`.

    Members
    -------
    clk, rst
    wb_<port>
        Each of `PORTS`, of a classic cycle of 2 cycles; ``adr`` counts words. A part of a word counts as the whole.

    Raises
    ------
    ImportError
        There is no amaranth-soc.
    """

    def __init__(self, core: Accelerator, *, digest: str, domain: str) -> None:
        from amaranth_soc import csr
        from amaranth_soc.csr.wishbone import WishboneCSRBridge
        from amaranth_soc.memory import MemoryMap

        self.core, pixels = core, math.prod(core.input_shape)
        self.depth = max(math.ceil(pixels / LANES), 4)
        self.framed = FramedAccelerator(core, pixels=pixels, lanes=LANES, domain=domain)
        self.registers = registers(core, digest, lanes=LANES, window=True)
        self.csr = csr.Interface(addr_width=ADDRESS_BITS, data_width=WIDTH, path=("csr",))
        self.csr.memory_map = MemoryMap(addr_width=ADDRESS_BITS, data_width=WIDTH)
        self.csr.memory_map.add_resource(self.registers, name="binspike", size=1 << ADDRESS_BITS)
        self.bridge = WishboneCSRBridge(self.csr, data_width=WIDTH)
        super().__init__("wishbone", "clk", "rst", 1, domain, {f"wb_{name}": port for name, port in PORTS.items()})

    def elaborate(self, platform):
        m = Module()
        self.domains(m)
        m.submodules.framed = framed = self.framed
        m.submodules.registers = rows = self.registers
        m.submodules.bridge = bridge = self.bridge
        m.submodules.waiting = waiting = SyncFIFOBuffered(width=WIDTH + 1, depth=self.depth)
        wiring.connect(m, waiting.r_stream, framed.i)
        wiring.connect(m, self.csr, rows.bus)
        watch(m, framed, rows)
        connect(m, framed, rows)
        lost = Signal(WIDTH)
        written = Signal()
        m.d.comb += [
            written.eq(rows.pixels_stb | rows.pixels_last_stb), waiting.w_en.eq(written),
            waiting.w_data.eq(Cat(rows.bus.w_data, rows.pixels_last_stb)),
            rows.space.eq(self.depth - waiting.level), rows.lost.eq(lost),
            rows.result.eq(Mux(framed.o.valid, framed.o.p.data, 0)), framed.o.ready.eq(rows.result_stb),
        ]
        with m.If(written & ~waiting.w_rdy):
            m.d.sync += lost.eq(lost + 1)
        for name, port in PORTS.items():
            mine, its = getattr(self, f"wb_{name}"), getattr(bridge.wb_bus, name)
            m.d.comb += its.eq(mine.any() if name == "sel" else mine) if port.flow == In else mine.eq(its)
        return m


BUSES["wishbone"] = Bus(title="Wishbone", wrap=WishboneAccelerator, beside={".h": header, ".py": module})
