"""Area of population counts."""

from functools import lru_cache

from quant.dataflow.cores import ceil_div

from ..cores.synapses.popcount import FAN_IN
from ..families.fabric import Fabric, Size


@lru_cache(maxsize=4096)
def popcount(bits: int, latency: int, fabric: Fabric) -> Size:
    """A tree of sums as `hw.cores.synapses.popcount` builds it."""
    peaks, total = [1] * bits, Size()
    for stage in range(latency):
        parts = ceil_div(len(peaks), FAN_IN) if stage < latency - 1 else 1
        span = ceil_div(max(len(peaks), 1), max(parts, 1))
        chunks = [peaks[at:at + span] for at in range(0, len(peaks), span)]
        for chunk in chunks:
            total += _sum(chunk, fabric)
        peaks = [sum(chunk) for chunk in chunks]
    return total


def _sum(peaks: list[int], fabric: Fabric) -> Size:
    """A registered sum of terms 0..peak."""
    width = sum(peaks).bit_length()
    if len(peaks) == 1:
        return fabric.bare(width)
    narrower = sum(peak.bit_length() for peak in peaks) - width
    return Size(narrower * (fabric.counting if max(peaks) == 1 else fabric.merging), width)
