"""Models of what makes a vector of a map."""

from collections.abc import Sequence

from quant.description.layers import Flatten

from ..functional.bit_planes import Values
from ..functional.psp import Array
from ..neurons import Spikes
from .model import LAYERS, LayerModel, Map, Place


def flatten(layer: Flatten, values: Values) -> Array:
    """All values on the channel axis, those of a sum behind each other."""
    channels, height, width, images = values.array.shape
    size = values.signal.summed
    apart = values.array.reshape(channels, height // size, size, width // size, size, images)
    return apart.transpose(0, 1, 3, 2, 4, 5).reshape(-1, size, size, images)


def definition(layer: Flatten, places: Sequence[Place], below: Map, once: bool) -> list[Spikes]:
    """As of `LayerModel`: channel, row, column."""
    return [below[at] for at in sorted(below)]


LAYERS[Flatten.kind] = LayerModel(flatten, definition)
