"""Cologne Chip GateMate, CCGM1A1.

A LUT is half of a CPE: four inputs as a tree of LUTs with two inputs each, also one used as full adder or to bring the
port of a block RAM into the fabric. A block RAM holds 20 kbit, half of what the maker counts as one.
"""

from .fabric import Fabric, Ram
from .family import Capacity, Family, Layout, Simulation, Sites, Speed, Tool
from .gatemate_platform import GateMatePlatform
from .gatemate_pll import PLL

WHEEL, EXTRA = "yowasp-nextpnr-himbaechel-gatemate", "gatemate"
A1 = Capacity(40960, 64)

GATEMATE = Family(
    name="gatemate",
    platform=GateMatePlatform,
    parts={"CCGM1A1": A1},
    fabric=Fabric(block=Ram(bits=14, widths=(1, 2, 5, 10, 20, 40), byte=1, cost=129), lut_ram=None,
                  bare_flip_flop=1, paired_carry=False, carry_ends=2,
                  lut4=1.9,
                  comparing=0.5, merging=1.75, total=1.0, accumulated=3.2, link=1676),
    speeds={"CCGM1": Speed(expected_hz=20e6, target_hz=40e6)},
    pll=PLL,
    place_and_route=Tool(name="nextpnr-himbaechel-gatemate", stage="place and route", wheel=WHEEL, version_flag="-V",
                         log=".tim", extra=EXTRA),
    packer=Tool(name="gmpack", stage="packing", wheel=WHEEL, extra=EXTRA),
    synthesis="synth_gatemate",
    synthesis_options="-luttree -nomx8 -nomult",
    without_pads="-noiopad",
    constraints=(".ccf", ".sdc"),
    bitstream=".bit",
    sites=Sites(lut="CPE_LT", block_ram="RAM_HALF", flip_flop_cells="CC_DFF",
                places={"CPE_ADDF": 2, "CPE_ADDF2": 2, "CPE_MX4": 2},
                block_ram_cells={"CC_BRAM_20K": 1, "CC_BRAM_40K": 2},
                cells={"CPE_L2T": "CPE_LT", "CPE_LT": "CPE_LT", "RAM": "RAM_HALF"},
                halves=("RAM_cfg_forward_a0_clk", "RAM_cfg_forward_a1_clk")),
    layout=Layout(
        flip_flop=("CPE_FF", ""), tile=2, block_ram_rows=2,
        sites={"CPE_LT": "LUTs", "CPE_FF": "flip-flops", "RAM_HALF": "block RAMs, 20 kbit", "PLL": "PLLs",
               "GLBOUT": "global buffers", "GPIO": "pins"},
        inputs={"EN": "clock enable", "SR": "reset"},
        grids={A1.luts: (164, 132)}),
    largest=("--device", "CCGM1A1", "--vopt", "allow-unconstrained"),
    simulation=Simulation(options="-nobram -noiopad -noclkbuf", models=("gatemate/cells_sim.v",)))
