# amaranth: UnusedElaboratable=no
# (a design may be made for its ports alone)
"""AXI4-Stream for images and results, AXI4-Lite for registers."""

import math

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..accelerator import Accelerator
from ..emission.header import header
from .axi_lite import PORTS, AxiLite
from .bus import BUSES, Bus, BusAccelerator
from .framed import FramedAccelerator
from .frames import ERRORS
from .loading import connect, registers
from .registers import BYTES, watch
from .results import WORD

LANES = 1  # pixels of a word
IMAGES = {"tdata": In(8 * LANES), "tvalid": In(1), "tready": Out(1), "tlast": In(1)}
RESULTS = {"tdata": Out(WORD), "tvalid": Out(1), "tready": In(1), "tlast": Out(1), "tuser": Out(ERRORS.size)}


class AxiAccelerator(BusAccelerator):
    """A core between two AXI4-Streams, with AXI4-Lite registers.

    Parameters
    ----------
    core : Accelerator
    digest : str
        SHA-256 of the network, in hexadecimal.
    domain : str
        As of `BusAccelerator`.

    Members
    -------
    aclk, aresetn
        Clock and reset of all three buses.
    s_axis_<port>
        Images, a pixel a transfer, TLAST with the last of each.
    m_axis_<port>
        Results, as of `hw.buses.framed.FramedAccelerator`; TUSER is 1 behind a frame that was too short, 2 behind one
        that was too long.
    s_axil_<port>
        Registers; with other networks they are written too.
    """

    def __init__(self, core: Accelerator, *, digest: str, domain: str) -> None:
        self.core = core
        self.framed = FramedAccelerator(core, pixels=math.prod(core.input_shape), lanes=LANES, domain=domain)
        self.registers = registers(core, digest, lanes=LANES, window=False)
        super().__init__("axi", "aclk", "aresetn", 0, domain, {
            f"{prefix}_{name}": port
            for prefix, ports in (("s_axis", IMAGES), ("m_axis", RESULTS), ("s_axil", PORTS))
            for name, port in ports.items()})

    def elaborate(self, platform):
        m = Module()
        self.domains(m)
        m.submodules.framed = framed = self.framed
        m.submodules.registers = rows = self.registers
        m.submodules.axi_lite = bridge = AxiLite([row.address // BYTES for row in rows.rows if row.access == "w"])
        wiring.connect(m, bridge.bus, rows.bus)
        watch(m, framed, rows)
        connect(m, framed, rows)
        m.d.comb += [
            framed.i.valid.eq(self.s_axis_tvalid), self.s_axis_tready.eq(framed.i.ready),
            framed.i.p.data.eq(self.s_axis_tdata), framed.i.p.last.eq(self.s_axis_tlast),
            self.m_axis_tvalid.eq(framed.o.valid), framed.o.ready.eq(self.m_axis_tready),
            self.m_axis_tdata.eq(framed.o.p.data), self.m_axis_tlast.eq(framed.o.p.last),
            self.m_axis_tuser.eq(framed.o.p.errors),
        ]
        for name, port in PORTS.items():
            mine, its = getattr(self, f"s_axil_{name}"), getattr(bridge, name)
            m.d.comb += its.eq(mine) if port.flow == In else mine.eq(its)
        return m


BUSES["axi"] = Bus(title="AXI4-Stream with AXI4-Lite registers", wrap=AxiAccelerator, beside={".h": header})
