"""Estimate of a network under a folding, before synthesis: clock cycles, exactly, and area, by a cost model.

The area is that of each core by itself (`hw.cost.area`), added up.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, prod

from quant.dataflow.chain import chain, every
from quant.dataflow.cores import Resize
from quant.dataflow.folding import Folding
from quant.dataflow.memories import memories
from quant.description.network import Network
from quant.timing import simulation as timing

from ..families import Family
from ..families.fabric import Size
from .area import in_cells
from .loading import written


@dataclass(frozen=True)
class Part:
    """One core of an estimate.

    Parameters
    ----------
    name : str
        Of its node in the chain.
    luts, flip_flops, block_rams : int
    """

    name: str
    luts: int
    flip_flops: int
    block_rams: int


@dataclass(frozen=True)
class Estimate:
    """Cycles and area of a network under a folding.

    Parameters
    ----------
    cycles_per_image : int
        Between the results of images that follow each other with no gap; exact, of copies the mean, rounded up.
    latency_cycles : int
        From the first pixel to the result of an image by itself that is decided at the last tick, both included; exact.
    luts, flip_flops, block_rams : int
        As nextpnr counts them for the family.
    parts : tuple of Part
        The cores in the order of the chain.
    """

    cycles_per_image: int
    latency_cycles: int
    luts: int
    flip_flops: int
    block_rams: int
    parts: tuple[Part, ...]


@lru_cache(maxsize=256)
def initiation_interval(network: Network, folding: Folding, resize: Resize | None = None) -> tuple[int, int]:
    """Cycles per image, or picture, and latency of ``network`` under ``folding``, exactly.

    Raises
    ------
    ValueError
        The folding does not fit the network.
    """
    shape = network.input_shape if resize is None else resize.shape
    return timing.initiation_interval(chain(network, folding, resize), prod(shape))


def estimate(network: Network, folding: Folding, family: Family, *, reload: bool = False,
             resize: Resize | None = None) -> Estimate:
    """Cycles and area of ``network`` under ``folding``, without clock input, pins and what is around the core.

    Parameters
    ----------
    reload : bool
        The core's memories can be written; what writes them is not in the estimate.
    resize : Resize, optional
        That makes images of a camera's pictures.

    Raises
    ------
    ValueError
        The folding does not fit the network, or reload.
    """
    cycles, latency = initiation_interval(network, folding, resize)
    nodes, fabric = chain(network, folding, resize), family.fabric
    held = memories(nodes) if reload else {}
    sizes = [(node.name, in_cells(node.core, fabric) + (written(node.core, fabric) if held else Size()))
             for node in every(nodes)]
    parts = tuple(Part(name, ceil(one.luts), one.flip_flops, one.block_rams) for name, one in sizes)
    return Estimate(cycles, latency, sum(part.luts for part in parts), sum(part.flip_flops for part in parts),
                    sum(part.block_rams for part in parts), parts)
