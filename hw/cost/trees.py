"""Area of population counts."""

from functools import lru_cache

from ..cores.synapses.popcount import chunks
from ..families.fabric import Fabric, Size


@lru_cache(maxsize=4096)
def popcount(bits: int, latency: int, fabric: Fabric) -> Size:
    """A tree of sums as `hw.cores.synapses.popcount` builds it."""
    peaks, total = [1] * bits, Size()
    for stage in range(latency):
        parts = [peaks[chunk] for chunk in chunks(len(peaks), stage, latency)]
        for part in parts:
            total += _sum(part, fabric) if stage else _counted(len(part))
        peaks = [sum(part) for part in parts]
    return total


def _counted(bits: int) -> Size:
    """A registered count by full and half adders, two LUTs each."""
    adders, column, width = 0, bits, bits.bit_length()
    while column > 1:
        column //= 2  # carries to the next digit, one of each adder
        adders += column
    return Size(2 * adders, width)


def _sum(peaks: list[int], fabric: Fabric) -> Size:
    """A registered sum of terms 0..peak."""
    width = sum(peaks).bit_length()
    if len(peaks) == 1:
        return fabric.bare(width)
    narrower = sum(peak.bit_length() for peak in peaks) - width
    return Size(narrower * fabric.merging, width)
