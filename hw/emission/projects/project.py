"""Projects: the table of their kinds, and what each is made from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from quant.kinds import Kinds

NOTE = "Checked by tests for syntax, files and ports. The vendor's tool itself has not run on it."


@dataclass(frozen=True, kw_only=True)
class Design:
    """A core behind AXI4-Stream with AXI4-Lite registers, as emitted.

    Parameters
    ----------
    top : str
        Of the module with the buses; its Verilog is ``<top>.v``.
    ports : mapping of str to int
        Bits of each port of the top module.
    description : str
        What the core computes: one line without quotes.
    version : str
        Numbers.
    part : str
        As the vendor names it.
    clock_mhz : float
        Of ``aclk``, to which timing is constrained.
    about : mapping
        What a driver has to know: image shape, classes, class names, ticks, digest.
    """

    top: str
    ports: Mapping[str, int]
    description: str
    version: str
    part: str
    clock_mhz: float
    about: Mapping[str, object]

    @property
    def period_ns(self) -> str:
        """Period of the clock."""
        return f"{1000 / self.clock_mhz:.3f}"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A kind of project.

    Parameters
    ----------
    title : str
    parts : mapping of str to str
        Part of each board that is known by name; the first is that without another word.
    synthesis : sequence of str
        Yosys' commands for the same families, by which LUTs are counted here.
    files : callable
        From a `Design` to the text of each file by its name.
    """

    title: str
    parts: Mapping[str, str]
    synthesis: Sequence[str]
    files: Callable[[Design], dict[str, str]]

    def part(self, asked: str | None) -> str:
        """The part of a board, the part that is asked for, or without either the usual one."""
        return self.parts.get(asked, asked) if asked else next(iter(self.parts.values()))


PROJECTS: Kinds[Project] = Kinds("project")


def constraints(design: Design) -> str:
    """The clock in SDC, which all of these tools read; of pins nothing is said, since the ports stay in the chip."""
    return (f"# {design.description}\n# {NOTE}\n# Ports stay in the chip: the design around them has the pins.\n"
            f"create_clock -name aclk -period {design.period_ns} [get_ports aclk]\n")
