"""Tang Nano 20K and Tang Primer 25K of Sipeed; neither has been tried on hardware.

Pins are those of litex_boards/platforms/sipeed_tang_nano_20k.py and sipeed_tang_primer_25k.py in
github.com/litex-hub/litex-boards. The examples of github.com/YosysHQ/apicula have the same clocks, and LEDs of the Nano
(himbaechel/tangnano20k.cst, gw5a/primer25k.cst). They state no UART.
"""

import subprocess
from typing import Any

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth.vendor import GowinPlatform
from amaranth_boards.resources import LEDResources, UARTResource

LVCMOS33 = Attrs(IO_TYPE="LVCMOS33")


class _Sipeed(GowinPlatform):
    """A board that openFPGALoader programs, with pins of the configuration in use as others.

    Attributes
    ----------
    gowin_pack_opts : str
        That free these pins.
    loader : str
        openFPGALoader's name of the board.
    """

    connectors: tuple[Any, ...] = ()
    gowin_pack_opts = ""
    loader = ""

    def toolchain_prepare(self, fragment: Any, name: str, **kwargs: Any) -> Any:
        return super().toolchain_prepare(fragment, name, gowin_pack_opts=self.gowin_pack_opts, **kwargs)

    def toolchain_program(self, products: Any, name: str) -> None:
        with products.extract(f"{name}.fs") as bitstream:
            subprocess.check_call(["openFPGALoader", "-b", self.loader, bitstream])


class TangNano20kPlatform(_Sipeed):
    """Tang Nano 20K: GW2AR-18, the UART through the BL616 on the board."""

    part = "GW2AR-LV18QN88C8/I7"
    family = "GW2AR-18C"
    default_clk = "clk27"
    gowin_pack_opts = "--sspi_as_gpio --mspi_as_gpio"
    loader = "tangnano20k"
    resources = [
        Resource("clk27", 0, Pins("4", dir="i"), Clock(27e6), LVCMOS33),
        *LEDResources(pins="15 16 17 18 19 20", invert=True, attrs=LVCMOS33),
        UARTResource(0, rx="70", tx="69", attrs=Attrs(PULL_MODE="UP", IO_TYPE="LVCMOS33"))]


class TangPrimer25kPlatform(_Sipeed):
    """Tang Primer 25K on its dock: GW5A-25, the UART through the BL616 on the dock."""

    part = "GW5A-LV25MG121NC1/I0"
    family = "GW5A-25A"
    default_clk = "clk50"
    gowin_pack_opts = "--sspi_as_gpio --cpu_as_gpio --ready_as_gpio --done_as_gpio"
    loader = "tangprimer25k"
    resources = [
        Resource("clk50", 0, Pins("E2", dir="i"), Clock(50e6), LVCMOS33),
        *LEDResources(pins="E8 D7", attrs=LVCMOS33),
        UARTResource(0, rx="B3", tx="C3", attrs=Attrs(PULL_MODE="UP", IO_TYPE="LVCMOS33"))]
