"""The slowest path of the design's clock, in words of the design."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..families import Family
from .attribution import SHARED, part
from .hierarchy import Hierarchy
from .netlist import Netlist

_COPY = re.compile(r"(?<=.)\$\d+$")  # by which Amaranth tells signals of one name apart


@dataclass(frozen=True, kw_only=True)
class Hop:
    """A stretch of the path inside one core.

    Parameters
    ----------
    part : str
        Name of the core, or what `hw.build_report.attribution` tells apart besides.
    routing_ns, logic_ns : float
        Delay of the wires to its cells, and of the cells themselves.
    cells : int
    """

    part: str
    routing_ns: float
    logic_ns: float
    cells: int = 1


@dataclass(frozen=True, kw_only=True)
class Register:
    """An end of the path, by the part it belongs to and its signal there."""

    part: str
    signal: str


@dataclass(frozen=True, kw_only=True)
class CriticalPath:
    """From one register to the next.

    Parameters
    ----------
    source, sink : Register
    enters : str
        The sink's input: "data", "clock enable", "reset", "address".
    hops : tuple of Hop
        In order; what the registers themselves take is in the first and the last.
    """

    source: Register
    sink: Register
    enters: str
    hops: tuple[Hop, ...]

    @property
    def logic_ns(self) -> float:
        """Delay of all cells."""
        return sum(hop.logic_ns for hop in self.hops)

    @property
    def routing_ns(self) -> float:
        """Delay of all wires."""
        return sum(hop.routing_ns for hop in self.hops)


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A cell: the part it belongs to, and names of the nets that it drives."""

    part: str
    nets: tuple[str, ...]


def owned(netlist: Netlist, parts: Sequence[str]) -> dict[str, Owned]:
    """All cells by name."""
    return {cell.name: Owned(part=part, nets=netlist.driven(cell))
            for cell, part in zip(netlist.cells, parts, strict=True)}


def critical_path(report: Mapping[str, Any], clock_mhz: float, hierarchy: Hierarchy, cells: Mapping[str, Owned],
                  family: Family) -> CriticalPath | None:
    """The slowest path between registers of one clock; None if the report has none.

    Parameters
    ----------
    report : mapping
        What ``nextpnr --report`` wrote.
    clock_mhz : float
        Frequency that the clock was held to.
    """
    clocks = [name for name, clock in report["fmax"].items() if abs(clock["constraint"] - clock_mhz) < clock_mhz / 1000]
    paths = [found["path"] for found in report["critical_paths"]
             if all(found[end].partition(" ")[2] in clocks for end in ("from", "to"))]
    if not paths:
        return None
    path = max(paths, key=lambda path: sum(step["delay"] for step in path))
    source, sink = (_register(step["to"]["cell"], hierarchy, cells) for step in (path[0], path[-1]))
    port = path[-1]["to"]["port"]
    enters = next((words for start, words in family.layout.inputs.items() if port.startswith(start)), "data")
    return CriticalPath(source=source, sink=sink, enters=enters, hops=tuple(_merged(_hops(path, hierarchy, cells))))


def _register(cell: str, hierarchy: Hierarchy, cells: Mapping[str, Owned]) -> Register:
    signals = [signal for name in cells[cell].nets if (signal := hierarchy.signal(name))]
    own = [signal for signal in signals if hierarchy.driver(signal) == signal[0]] or signals
    nearest = hierarchy.nearest(cell)
    wire = own[0][1] if own else nearest[1] if nearest else cell[len(hierarchy.module(cell)):].strip(".")
    return Register(part=cells[cell].part, signal=_COPY.sub("", wire))


def _hops(path: list[dict[str, Any]], hierarchy: Hierarchy, cells: Mapping[str, Owned]) -> Iterator[Hop]:
    routing, names = 0.0, {cell.part for cell in cells.values()}
    for step in path:
        if step["type"] == "routing":
            routing = step["delay"]
            continue
        cell = step["to"]["cell"]
        name = cells[cell].part
        yield Hop(part=part(hierarchy.module(cell), names) if name == SHARED else name, routing_ns=routing,
                  logic_ns=step["delay"])
        routing = 0.0


def _merged(hops: Iterator[Hop]) -> Iterator[Hop]:
    for name, group in groupby(hops, key=lambda hop: hop.part):
        same = list(group)
        yield Hop(part=name, routing_ns=sum(hop.routing_ns for hop in same),
                  logic_ns=sum(hop.logic_ns for hop in same), cells=len(same))
