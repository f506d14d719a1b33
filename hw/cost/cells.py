"""Area of a core: the function whose cases `hw.cost.area`, `hw.cost.sums` and `hw.cost.resizing` are."""

from functools import singledispatch

from quant.dataflow import cores

from ..families.fabric import Fabric, Size

HANDSHAKE = Size(3, 1)


def index_bits(states: int) -> int:
    """Bits that tell so many states apart."""
    return (states - 1).bit_length()


def counter(length: int) -> Size:
    """Counts to ``length`` and wraps, with a signal for its last value."""
    bits = index_bits(length)
    wraps = length & (length - 1) > 0
    return Size(bits * (1.6 if wraps else 1.3) + 1, bits) if bits else Size()


def counters(*lengths: int) -> Size:
    """Counters to so many each."""
    return sum((counter(length) for length in lengths), Size())


@singledispatch
def size(core: cores.Core, fabric: Fabric) -> Size:
    """Area of one core."""
    raise TypeError(f"core must have a cost model, not {core!r}")


def in_cells(core: cores.Core, fabric: Fabric) -> Size:
    """Area of one core in cells of the family, of which a LUT with 4 inputs may take more than one."""
    found = size(core, fabric)
    return Size(found.luts * fabric.lut4, found.flip_flops, found.block_rams)
