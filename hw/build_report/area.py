"""Area of every core as it was placed, beside its estimate."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..cost.estimate import Part
from ..families import Family
from .attribution import BOARD, SHARED
from .netlist import Netlist


@dataclass(frozen=True, kw_only=True)
class CoreArea:
    """Cells of one part of the design.

    Parameters
    ----------
    name : str
        Of the core in the chain, or of what else `hw.build_report.attribution` tells apart.
    luts, flip_flops, block_rams : int
        As placed; LUTs as `hw.bitstream.report` counts them.
    estimated_luts, estimated_flip_flops, estimated_block_rams : int or None
        None: no estimate has this part.
    """

    name: str
    luts: int
    flip_flops: int
    block_rams: int
    estimated_luts: int | None = None
    estimated_flip_flops: int | None = None
    estimated_block_rams: int | None = None


def areas(netlist: Netlist, parts: Sequence[str], family: Family, expected: Sequence[Part]) -> list[CoreArea]:
    """Area of each part, those of the estimate first.

    Parameters
    ----------
    parts : sequence of str
        The part that each cell of the netlist belongs to.
    """
    placed = list(zip(netlist.cells, parts, strict=True))
    luts: Counter[str] = Counter()
    for cell, part in placed:
        luts[part] += family.sites.in_place(cell.kind)
    flip_flops = Counter(part for cell, part in placed if cell.flip_flop)
    block_rams = Counter(part for cell, part in placed if cell.kind == family.sites.block_ram)
    guesses = {part.name: {"estimated_luts": part.luts, "estimated_flip_flops": part.flip_flops,
                           "estimated_block_rams": part.block_rams} for part in expected}
    return [CoreArea(name=name, luts=luts[name], flip_flops=flip_flops[name], block_rams=block_rams[name],
                     **guesses.get(name, {})) for name in (*guesses, BOARD, SHARED)]
