"""Estimate of a network under a folding, before synthesis: clock cycles, exactly, and area, by a cost model.

The area is that of each core by itself (`hw.cost.area`), added up.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from quant.dataflow.chain import chain, every
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.timing import simulation as timing

from ..families import Family
from .area import in_cells


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
def initiation_interval(network: Network, folding: Folding) -> tuple[int, int]:
    """Cycles per image and latency of ``network`` under ``folding``, exactly.

    Raises
    ------
    ValueError
        The folding does not fit the network.
    """
    channels, height, width = network.input_shape
    return timing.initiation_interval(chain(network, folding), channels * height * width)


def estimate(network: Network, folding: Folding, family: Family) -> Estimate:
    """Cycles and area of ``network`` under ``folding``, without clock input, pins and what is around the core.

    Raises
    ------
    ValueError
        The folding does not fit the network.
    """
    cycles, latency = initiation_interval(network, folding)
    sizes = [(node.name, in_cells(node.core, family.fabric)) for node in every(chain(network, folding))]
    parts = tuple(Part(name, ceil(one.luts), one.flip_flops, one.block_rams) for name, one in sizes)
    return Estimate(cycles, latency, sum(part.luts for part in parts), sum(part.flip_flops for part in parts),
                    sum(part.block_rams for part in parts), parts)
