"""Models of pools."""

from collections.abc import Iterator, Sequence

from quant.description.layers import FirstSpikePool, SumPool

from ..neurons import Spikes
from .model import LAYERS, LayerModel, Map, Place


def window(layer: FirstSpikePool | SumPool, place: Place, below: Map) -> Iterator[Spikes]:
    """Spikes at the places that one place of a pool looks at."""
    channel, y, x = place
    for dy in range(layer.size):
        for dx in range(layer.size):
            yield below[channel, y * layer.size + dy, x * layer.size + dx]


def first_spikes(layer: FirstSpikePool, places: Sequence[Place], below: Map, once: bool) -> list[Spikes]:
    """As of `LayerModel`: a spike in each tick in which any has one, the first of them alone if ``once``."""
    together = [tuple(map(max, zip(*window(layer, place, below), strict=True))) for place in places]
    return [tuple(0 if once and any(spikes[:tick]) else spike for tick, spike in enumerate(spikes))
            for spikes in together]


def added(layer: SumPool, places: Sequence[Place], below: Map, once: bool) -> list[Spikes]:
    """As of `LayerModel`: how many spike in each tick."""
    return [tuple(map(sum, zip(*window(layer, place, below), strict=True))) for place in places]


LAYERS[FirstSpikePool.kind] = LayerModel(lambda layer, values: values.pooled(layer.size), first_spikes)
LAYERS[SumPool.kind] = LayerModel(lambda layer, values: values.array, added)  # what reads the values adds them up
