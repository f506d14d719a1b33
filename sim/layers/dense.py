"""Models of dense layers."""

from collections.abc import Callable, Iterator

from quant.description.layers import Dense
from quant.description.weights import Weights

from ..functional.psp import Array
from ..neurons import Spikes
from .convolution import own
from .model import SYNAPTIC, Map, Place, SynapticModel, rows


def sums(weights: Weights, dtype: type) -> Callable[[Array], Array]:
    """Sums of these weights, as `SynapticModel.sums`."""
    matrix = rows(weights, dtype)
    return lambda plane: (matrix @ plane.astype(dtype)[:, 0, 0])[:, None, None]


def synapses(layer: Dense, place: Place, inputs: Map, steps: int) -> Iterator[tuple[int, Spikes]]:
    """As of `SynapticModel`."""
    for channel, weight in enumerate(own(layer.weights, place[0])):
        yield weight, inputs[channel, 0, 0]


SYNAPTIC[Dense.kind] = SynapticModel(lambda layer, dtype: sums(layer.weights, dtype), synapses)
