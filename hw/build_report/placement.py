"""Picture of a placed design: every tile of the device, coloured by what stands in it."""

import html
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..families import Family
from .charts import WIDTH, picture
from .netlist import Netlist

TILE = 16  # units of the picture
HIGHEST = 640  # of the picture, in pixels
Place = tuple[int, int]


@dataclass(frozen=True)
class Placement:
    """Places of the cells of each part.

    Parameters
    ----------
    columns, rows : int
        Tiles of the device.
    block_ram_rows : int
        Tiles of a block RAM, one below the other.
    capacity : int
        LUTs and flip-flops of a logic tile.
    logic : dict of str to dict of (column, row) to int
        By part, how many of them each tile holds.
    block_rams, others : dict of str to list of (column, row)
        By part.
    """

    columns: int
    rows: int
    block_ram_rows: int
    capacity: int
    logic: dict[str, dict[Place, int]]
    block_rams: dict[str, list[Place]]
    others: dict[str, list[Place]]


def placement(netlist: Netlist, parts: Sequence[str], family: Family, luts_available: int) -> Placement:
    """Places of all cells of a part that has so many LUTs."""
    logic: dict[str, dict[Place, int]] = defaultdict(Counter)
    block_rams: dict[str, list[Place]] = defaultdict(list)
    others: dict[str, list[Place]] = defaultdict(list)
    for cell, part in zip(netlist.cells, parts, strict=True):
        place = cell.column, cell.row
        if (luts := family.sites.in_place(cell.kind)) or cell.flip_flop:
            logic[part][place] += luts or 1
        else:
            (block_rams if cell.kind == family.sites.block_ram else others)[part].append(place)
    layout = family.layout
    columns, rows = layout.grids[luts_available]
    return Placement(columns, rows, layout.block_ram_rows, layout.tile, logic, block_rams, others)


def draw(found: Placement, colours: Mapping[str, str], label: str) -> str:
    """The picture, row 0 at the top. A tile is filled as far as its LUTs and flip-flops are in use."""
    heights: dict[Place, int] = defaultdict(int)
    tall = found.block_ram_rows
    shapes = [f'<rect class="track" width="{found.columns * TILE}" height="{found.rows * TILE}"/>']
    for part, colour in colours.items():
        path = "".join(_band(place, heights, count * TILE // found.capacity)
                       for place, count in sorted(found.logic.get(part, {}).items()))
        path += "".join(_square(place, 0, tall) for place in sorted(found.block_rams.get(part, ())))
        path += "".join(_square(place, 5) for place in sorted(found.others.get(part, ())))
        if path:
            shapes.append(f'<path fill="{colour}" d="{path}"><title>{html.escape(part)}</title></path>')
    rams = sorted(place for places in found.block_rams.values() for place in places)
    shapes.append(f'<path class="ram" d="{"".join(_square(place, 1, tall) for place in rams)}"/>')
    return picture(found.columns * TILE, found.rows * TILE, label, shapes)


def width(found: Placement) -> int:
    """Width in pixels at which the picture is shown."""
    return min(WIDTH, HIGHEST * found.columns // found.rows)


def _band(place: Place, heights: dict[Place, int], height: int) -> str:
    """The next so many units of a tile, from its foot up."""
    column, row = place
    heights[place] += height
    return f"M{column * TILE} {(row + 1) * TILE - heights[place]}h{TILE}v{height}h-{TILE}z"


def _square(place: Place, inset: int, tall: int = 1) -> str:
    column, row = place
    side = TILE - 2 * inset
    return f"M{column * TILE + inset} {row * TILE + inset}h{side}v{tall * TILE - 2 * inset}h-{side}z"
