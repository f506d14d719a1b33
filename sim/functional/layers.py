"""Layers of the functional golden model: values in, values out."""

from collections.abc import Callable, Iterator

from quant.description.layers import Layer, Synaptic
from quant.description.network import input_bound

from ..layers import LAYERS, SYNAPTIC, convolution, dense
from ..neurons import MODELS, Membranes
from ..neurons.model import accumulator
from .bit_planes import Ticked, Values
from .psp import Array


def outputs(layer: Layer, values: Values, steps: int, shortcut: Values | None = None) -> Array:
    """The values of a layer after all ticks.

    Raises
    ------
    TypeError
        The layer, or its neurons, are of a kind without models.
    """
    if not isinstance(layer, Synaptic):
        return LAYERS[layer.kind].values(layer, values)
    *_, neurons = population(layer, values, steps, shortcut)
    return neurons.output


def population(layer: Synaptic, values: Ticked, steps: int, shortcut: Ticked | None = None) -> Iterator[Membranes]:
    """The neurons of a layer after each tick; errors as of `outputs`."""
    largest = input_bound(layer, values.signal, shortcut.signal if shortcut else None)
    low, high = layer.neurons.potential_range(largest, steps)
    sums = SYNAPTIC[layer.kind].sums(layer, accumulator(low, high + 1))
    n = sums(values.tick(0))
    neurons = MODELS[layer.neurons.kind].membranes(layer.neurons, largest, steps, n.shape)
    feedback = _feedback(layer, neurons)
    for tick in range(steps):
        if tick and not values.signal.spike_coding.numeric:  # a number is the same in all ticks
            n = sums(values.tick(tick))
        if shortcut and layer.shortcut:
            neurons.step(n * 2**layer.shortcut.shift + shortcut.tick(tick) * neurons.column(layer.shortcut.gain))
        else:
            neurons.step(n + feedback() if feedback and tick else n)
        yield neurons


def _feedback(layer: Synaptic, neurons: Membranes) -> Callable[[], Array] | None:
    """Feedback to a layer's neurons in a tick, of their spikes in the tick before."""
    if layer.feedback is None:
        return None
    weights, factor = layer.feedback.weights, neurons.dtype(2**layer.feedback.shift)
    if len(weights.shape) == 2:
        sums = dense.sums(weights, neurons.dtype)
    else:
        sums = convolution.sums(weights, neurons.dtype, padding=weights.shape[-1] // 2)
    return lambda: sums(neurons.fired) * factor
