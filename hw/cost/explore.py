"""Folding search: the smallest folding for a speed, the fastest for a size, and all that are neither.

What `hw.cost.space` proposes by its busiest stage is timed exactly.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from math import inf

from quant.dataflow.cores import Resize
from quant.dataflow.folding import Folding, copied
from quant.description.network import Network

from ..families import Family
from .copies import share, side_by_side
from .estimate import initiation_interval
from .space import Partial, Point, Space, quickening

MAX_CYCLES = 2**53  # more than any folding takes
PRICES = 0, 1 / 32, 1 / 8, 1 / 2, 2  # of a block RAM, as part of the LUTs that the device has for each
MARGIN = 0.08  # of the LUTs stays free: about what routing needs, and what the estimate may be off


@lru_cache(maxsize=8)
def _space(network: Network, family: Family) -> Space:
    return Space(network, family.fabric)


def _within(network: Network, cycles: int, family: Family, copies: int,
            resize: Resize | None) -> tuple[Folding | None, int]:
    """The smallest folding whose exact interval is at most ``cycles``; None and the shortest interval if none is."""
    space = _space(network, family)
    limit, exact = cycles * copies, 0
    while found := space.smallest(limit):
        folding = copied(found.folds, copies)
        exact = initiation_interval(network, folding, resize)[0]
        if exact <= cycles:
            return folding, exact
        limit = min(found.cycles - 1, limit * cycles // exact)
    *_, fastest = quickening(space.smallest)
    return None, initiation_interval(network, copied(fastest.folds, copies), resize)[0]


def for_interval(network: Network, cycles: int, family: Family, copies: int = 1,
                 resize: Resize | None = None) -> Folding:
    """The smallest folding of so many cores side by side that takes at most ``cycles`` cycles an image.

    Parameters
    ----------
    resize : Resize, optional
        That makes images of a camera's pictures; the cycles are those of a picture.

    Raises
    ------
    ValueError
        No folding is that fast; the message says how fast the fastest is.
    """
    found, exact = _within(network, cycles, family, copies, resize)
    if found is None:
        raise ValueError(f"cycles per image must be at least {exact} for this network, not {cycles}")
    return found


def for_fps(network: Network, clock_hz: float, fps: float, family: Family, copies: int = 1,
            resize: Resize | None = None) -> Folding:
    """The smallest folding of so many cores that computes ``fps`` images a second at a clock of ``clock_hz``.

    With ``resize`` as of `for_interval`.

    Raises
    ------
    ValueError
        No folding is that fast, or a rate is not positive.
    """
    for name, value in (("clock_hz", clock_hz), ("fps", fps)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, not {value!r}")
    found, exact = _within(network, int(min(clock_hz / fps, MAX_CYCLES)), family, copies, resize)
    if found is None:
        raise ValueError(f"images a second must be at most {int(clock_hz / exact)} for this network at "
                         f"{clock_hz / 1e6:g} MHz, not {fps:g}")
    return found


def frontier(network: Network, family: Family, copies: int = 1) -> tuple[Point, ...]:
    """Every folding than which none is both smaller and as fast, the fastest first; of up to so many cores."""
    points = tuple(_space(network, family).points())
    beside = [side_by_side(network, point, number, family) for number in range(1, copies + 1) for point in points]
    beside.sort(key=lambda point: (point.cycles, point.luts, point.block_rams))
    least = accumulate((point.luts for point in beside), min, initial=inf)
    return tuple(point for point, others in zip(beside, least, strict=False) if point.luts < others)


def fitting(network: Network, family: Family, luts: int, block_rams: int, copies: int = 1) -> Folding | None:
    """The fastest folding whose estimate leaves 8 % of ``luts`` free and takes at most ``block_rams``; None if none.

    Parameters
    ----------
    luts, block_rams : int
        What the device has left for the network.
    copies : int
        Of the core, side by side; the fastest are those of the fastest core.
    """
    room, block_rams = share(network, (1 - MARGIN) * luts, block_rams, copies, family)
    ladder = _ladder(_space(network, family), [part * luts / max(1, block_rams) for part in PRICES])

    def within(limit: float) -> Partial | None:
        steps = bisect_left(ladder, True, key=lambda space: _saves(space.smallest(limit), block_rams))
        found = ladder[steps].smallest(limit) if steps < len(ladder) else None
        return found if found and found.size.luts <= room else None
    slowest = within(inf)
    if slowest is None:
        return None
    best, shortest = slowest.folds, initiation_interval(network, slowest.folds)[0]
    first = bisect_left(range(slowest.cycles), True, key=lambda limit: within(limit) is not None)
    while first < min(shortest, slowest.cycles):
        limit = min(first * 9 // 8, slowest.cycles)
        for found in reversed(list(quickening(within, limit, first))):
            if found.cycles < shortest:
                exact = initiation_interval(network, found.folds)[0]
                if exact < shortest:
                    best, shortest = found.folds, exact
        first = limit + 1
    return copied(best, copies)


def _ladder(space: Space, prices: Sequence[float]) -> list[Space]:
    """Foldings by rising prices of block RAM: from each price to the next stage after stage goes over."""
    stages = len(space.stages)
    mixed = [[high] * over + [low] * (stages - over) for low, high in pairwise(prices) for over in range(stages)]
    return list(map(space.at, [*mixed, [prices[-1]] * stages]))


def _saves(found: Partial | None, block_rams: int) -> bool:
    return found is not None and found.size.block_rams <= block_rams
