"""Cost model of the core that resizes pictures."""

from quant.dataflow import cores
from quant.dataflow.cores.resize import LUMA

from ..families.fabric import Fabric, Size
from .cells import HANDSHAKE, counters, size


@size.register
def _(core: cores.Resize, fabric: Fabric) -> Size:
    """Counters, the ends of what counts, a row of sums, the rounded mean, and three products for grey."""
    channels, _, columns = core.output_shape
    width, places = 8 + core.bits, [(extent - 1).bit_length() for extent in (core.width, core.height)]
    borders = Size(sum(fabric.adder(bits) * (1 + bool(start)) + bits * bool(start)
                       for bits, start in zip(places, (core.left, core.top), strict=True)))
    sums = fabric.ram(width, columns * channels, transparent=True) if core.bits else Size()
    mean = Size(fabric.adder(width) + fabric.adder(8) * bool(core.bits) + width, 8)
    products = Size((sum(weight.bit_count() for weight in LUMA) + 1) * fabric.adder(12) if core.grey else 0,
                    16 if core.grey else 0)
    return (HANDSHAKE + counters(core.channels, core.width, core.height) + borders + sums + mean + products
            + fabric.bare(8 + (columns * channels - 1).bit_length()) + Size(6, 4))
