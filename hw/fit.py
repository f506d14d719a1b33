"""Which folding fits: a search over foldings by their estimate, before synthesis and after it failed."""

import math
from collections.abc import Callable

from quant import folding
from quant.folding import Folding
from quant.network import Network

from .boards import Capacity
from .estimate import Estimate, estimate
from .flow import BuildError, DoesNotFit, TooSlow

FILL = 0.85  # of the device's LUTs; placement takes long and may fail above
SPACING = 1.25  # between the intervals that are tried


def search(network: Network, accept: Callable[[Estimate], bool]) -> Folding | None:
    """The fastest folding, of those `folding.for_interval` gives, that is accepted; None if none is.

    Parameters
    ----------
    accept : callable
        Of an estimate; true from some interval on.
    """
    cycles, slowest = (estimate(network, choice(network)).cycles_per_image
                       for choice in (folding.unrolled, folding.folded))
    intervals = [cycles]
    while intervals[-1] < slowest:
        intervals.append(min(int(intervals[-1] * SPACING) + 1, slowest))
    low, high = 0, len(intervals)
    found = None
    while low < high:
        middle = (low + high) // 2
        candidate = folding.for_interval(network, intervals[middle])
        if accept(estimate(network, candidate)):
            found, high = candidate, middle
        else:
            low = middle + 1
    return found


def fastest(network: Network, capacity: Capacity) -> Folding:
    """The fastest folding that by the estimate fills a device to 85 % at most.

    Raises
    ------
    ValueError
        None does.
    """
    def fits(guess: Estimate) -> bool:
        return guess.luts <= FILL * capacity.luts and guess.block_rams <= capacity.block_rams

    found = search(network, fits)
    if found is None:
        least = estimate(network, folding.folded(network))
        raise ValueError(f"network must fit the board: the smallest folding needs about {least.luts:,} of "
                         f"{capacity.luts:,} LUTs and {least.block_rams:,} of {capacity.block_rams:,} block RAMs; "
                         "take a larger board or a smaller network")
    return found


def remedy(error: BuildError, network: Network, expected: Estimate, divider: int) -> str:
    """What to try after ``error``, as the rest of its line; empty if nothing is known."""
    match error:
        case DoesNotFit():
            worst = max(use.used / max(use.available, 1) for use in error.usage.values())
            luts = expected.luts / worst * FILL
            found = search(network, lambda guess: guess.luts <= luts)
            return _advice(found, network) or "; no folding of this network is expected to fit, take a larger board"
        case TooSlow():
            slower = math.ceil(divider * error.clock_mhz / error.fmax_mhz)
            return f"; try --clock-divider {slower}, or another --seed"
    return ""


def _advice(found: Folding | None, network: Network) -> str:
    if found is None:
        return ""
    return f"; try --fold \"{folding.text(found)}\" ({estimate(network, found).cycles_per_image:,} cycles an image)"
