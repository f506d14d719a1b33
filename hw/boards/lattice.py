"""CrossLink-NX Evaluation Board of Lattice; it has not been tried on hardware.

Pins are those of litex_boards/platforms/lattice_crosslink_nx_evn.py in github.com/litex-hub/litex-boards. It says
that the UART needs resistors R15 and R17, in place of R18 and R19.
"""

import subprocess
from typing import Any

from amaranth.build import Attrs, Clock, Pins, PinsN, Resource
from amaranth.vendor import LatticePlatform
from amaranth_boards.resources import LEDResources, UARTResource

LVCMOS33 = Attrs(IO_TYPE="LVCMOS33")


class CrosslinkNxEvnPlatform(LatticePlatform):
    """CrossLink-NX Evaluation Board: LIFCL-40, the UART through the FT2232H on the board."""

    device = "LIFCL-40"
    speed = "9"
    package = "BG400"
    grade = "C"
    default_clk = "clk12"
    default_rst = "rst"
    connectors: tuple[Any, ...] = ()
    resources = [
        Resource("clk12", 0, Pins("L13", dir="i"), Clock(12e6), LVCMOS33),
        Resource("rst", 0, PinsN("G14", dir="i"), LVCMOS33),
        *LEDResources(pins="E17 F13 G13 F14 L16 L15 L20 L19", invert=True, attrs=LVCMOS33),
        UARTResource(0, rx="F16", tx="F18", attrs=LVCMOS33)]

    def toolchain_program(self, products: Any, name: str) -> None:
        with products.extract(f"{name}.bit") as bitstream:
            subprocess.check_call(["openFPGALoader", "-b", "crosslinknx_evn", bitstream])
