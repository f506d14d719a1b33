"""A placed and routed design, as nextpnr writes it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ..families import Family

_PLACE = re.compile(r"X(\d+)/?Y(\d+)/")


@dataclass(frozen=True, slots=True)
class Cell:
    """A placed cell.

    Parameters
    ----------
    name, kind : str
        The kind is that of its site.
    column, row : int
        Of its tile.
    flip_flop : bool
    outputs, inputs : tuple of int
        Nets.
    """

    name: str
    kind: str
    column: int
    row: int
    flip_flop: bool
    outputs: tuple[int, ...]
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Netlist:
    """All cells, and the names of each net that has one: an output that leads nowhere may have none."""

    cells: tuple[Cell, ...]
    nets: dict[int, tuple[str, ...]]

    def driven(self, cell: Cell) -> tuple[str, ...]:
        """Names of the nets that a cell drives."""
        return tuple(name for net in cell.outputs for name in self.nets.get(net, ()))

    @cached_property
    def drivers(self) -> dict[int, list[int]]:
        """Places of the cells that drive each net: one, as a rule."""
        return _places(cell.outputs for cell in self.cells)

    @cached_property
    def readers(self) -> dict[int, list[int]]:
        """Places of the cells that read each net."""
        return _places(cell.inputs for cell in self.cells)


def _places(ends: Iterator[tuple[int, ...]]) -> dict[int, list[int]]:
    found = defaultdict(list)
    for place, nets in enumerate(ends):
        for net in nets:
            found[net].append(place)
    return found


def load(routed: Path, synthesised: Path, family: Family) -> Netlist:
    """Read what ``nextpnr --write`` wrote, and from the netlist that it was given all names of each net."""
    given, top = _top(synthesised), _top(routed)
    names = _names(given["netnames"])
    nets = {net: names.get(name, (name,)) for name, wire in top["netnames"].items() for net in wire["bits"]}
    return Netlist(tuple(_cells(top["cells"], given["cells"], family)), nets)


def _cells(placed: dict[str, Any], synthesised: dict[str, Any], family: Family) -> Iterator[Cell]:
    """Cells; of two block RAMs that nextpnr merges it keeps one name, with ``$full``: the other is one missing."""
    halves, merged = family.sites.halves, "$full"
    missing = iter([name for name, cell in synthesised.items() if cell["type"] in family.sites.block_ram_cells
                    and not {name, name + merged} & placed.keys()])
    for name, cell in placed.items():
        first = name.removesuffix(merged) if halves else name
        yield _cell(first, cell, family)
        if halves and set(halves) <= cell["parameters"].keys():
            yield _cell(name if name == first else next(missing, first), cell, family)


def _top(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())["modules"]["top"]


def _names(wires: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """All wires that share a net, by each name that nextpnr may have chosen for it."""
    bits = [(name if len(wire["bits"]) == 1 else f"{name}[{place}]", name, net)
            for name, wire in wires.items() for place, net in enumerate(wire["bits"])]
    together = defaultdict(list)
    for _, wire, net in bits:
        together[net].append(wire)
    same = {net: tuple(wires) for net, wires in together.items()}
    return {name: same[net] for name, _, net in bits}


def _cell(name: str, cell: dict[str, Any], family: Family) -> Cell:
    place = _PLACE.match(cell["attributes"]["NEXTPNR_BEL"])
    assert place
    kind, parameter = family.layout.flip_flop
    site = family.sites.of(cell["type"])
    flip_flop = site == kind and (not parameter or int(cell["parameters"][parameter], 2) == 1)
    return Cell(name, site, int(place[1]), int(place[2]), flip_flop, _nets(cell, "output"),
                _nets(cell, "input"))


def _nets(cell: dict[str, Any], direction: str) -> tuple[int, ...]:
    return tuple(net for port, nets in cell["connections"].items() if cell["port_directions"][port] == direction
                 for net in nets if isinstance(net, int))
