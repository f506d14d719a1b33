"""Names of each FPGA family's cells as nextpnr writes them, and the size of its devices."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Cells of a family.

    Parameters
    ----------
    lut, block_ram : str
        Kinds of cell.
    flip_flop : (str, str)
        Kind of the cell that holds a flip-flop, and the parameter that says whether it does; "" if it always does.
    tile : int
        LUTs and flip-flops of a logic tile, as cells of their own.
    block_ram_rows : int
        Tiles that a block RAM covers, one below the other.
    words : dict of str to str
        What each kind of site that a design may use is called.
    inputs : dict of str to str
        What an input of a register is called, by the first letters of its port; others are data.
    grids : dict of int to (int, int)
        Columns and rows of the device, by its number of LUTs.
    """

    lut: str
    block_ram: str
    flip_flop: tuple[str, str]
    tile: int
    block_ram_rows: int
    words: dict[str, str]
    inputs: dict[str, str]
    grids: dict[int, tuple[int, int]]


SITES = {
    "ice40": Sites(
        lut="ICESTORM_LC", block_ram="ICESTORM_RAM", flip_flop=("ICESTORM_LC", "DFF_ENABLE"), tile=8, block_ram_rows=2,
        words={"ICESTORM_LC": "logic cells", "ICESTORM_RAM": "block RAMs, 4 kbit", "ICESTORM_SPRAM": "RAMs, 256 kbit",
               "ICESTORM_DSP": "multipliers", "ICESTORM_PLL": "PLLs", "SB_GB": "global buffers", "SB_IO": "pins"},
        inputs={"CEN": "clock enable", "SR": "reset", "WE": "write enable", "RE": "read enable", "WADDR": "address",
                "RADDR": "address"},
        grids={384: (8, 10), 1280: (14, 18), 3520: (26, 22), 5280: (26, 32), 7680: (34, 34)}),
    "ecp5": Sites(
        lut="TRELLIS_COMB", block_ram="DP16KD", flip_flop=("TRELLIS_FF", ""), tile=16, block_ram_rows=1,
        words={"TRELLIS_COMB": "LUTs", "TRELLIS_FF": "flip-flops", "TRELLIS_RAMW": "LUT RAM write ports",
               "DP16KD": "block RAMs, 18 kbit", "MULT18X18D": "multipliers", "EHXPLLL": "PLLs",
               "DCCA": "global buffers", "TRELLIS_IO": "pins"},
        inputs={"CE": "clock enable", "LSR": "reset", "WRE": "write enable", "WE": "write enable", "WAD": "address",
                "AD": "address"},
        grids={24288: (73, 51), 43848: (91, 72), 83640: (127, 96)}),
}
