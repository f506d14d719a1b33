"""Several cores of a folding side by side: what they take, and what each may take."""

import math
from functools import lru_cache

from quant.dataflow.chain import chain, pixels_taken
from quant.dataflow.cores import ceil_div
from quant.dataflow.folding import copied
from quant.dataflow.parts import copies_core, queue_core
from quant.description.network import Network

from ..families import Family
from ..families.fabric import Size
from .area import in_cells
from .space import Point, readout


@lru_cache(maxsize=64)
def _around(network: Network, number: int, family: Family, lanes: int = 1) -> Size:
    """Area of all queues and of what deals images out."""
    if number == 1:
        return Size()
    parts = queue_core(network, lanes), copies_core(network, readout(network), number, lanes)
    queue, ends = (in_cells(core, family.fabric) for core in parts)
    return Size(math.ceil(queue.luts) * number + math.ceil(ends.luts), 0, queue.block_rams * number)


def side_by_side(network: Network, point: Point, number: int, family: Family) -> Point:
    """``number`` cores of a folding side by side, behind a stream of as many pixels a cycle as one takes."""
    lanes = pixels_taken(chain(network, point.folding))
    around = _around(network, number, family, lanes)
    return Point(max(math.prod(network.input_shape) // lanes, ceil_div(point.cycles, number)),
                 number * point.luts + int(around.luts), number * point.block_rams + around.block_rams,
                 copied(point.folding, number))


def share(network: Network, luts: float, block_rams: int, number: int, family: Family) -> tuple[float, int]:
    """LUTs and block RAMs that each of ``number`` cores side by side may take, of those of all."""
    around = _around(network, number, family)
    return (luts - around.luts) / number, (block_rams - around.block_rams) // number
