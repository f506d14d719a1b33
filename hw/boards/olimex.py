"""GateMateA1-EVB of Olimex; it has not been tried on hardware.

Pins are those of litex_boards/platforms/olimex_gatemate_a1_evb.py in github.com/litex-hub/litex-boards.
"""

import subprocess
from typing import Any

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth_boards.resources import LEDResources, UARTResource

from ..families.gatemate_platform import GateMatePlatform


class GateMateA1EvbPlatform(GateMatePlatform):
    """GateMateA1-EVB: CCGM1A1, the UART through the RP2040 on the board."""

    device = "CCGM1A1"
    default_clk = "clk10"
    connectors: tuple[Any, ...] = ()
    resources = [
        Resource("clk10", 0, Pins("IO_SB_A8", dir="i"), Clock(10e6), Attrs(SCHMITT_TRIGGER="true")),
        *LEDResources(pins="IO_SB_B6", invert=True),
        UARTResource(0, rx="IO_SA_A6", tx="IO_SA_B6")]

    def toolchain_program(self, products: Any, name: str) -> None:
        with products.extract(f"{name}.bit") as bitstream:
            subprocess.check_call(["openFPGALoader", "-c", "dirtyJtag", bitstream])
