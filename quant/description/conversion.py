"""Phase neurons with another number of digits, and latency or rate neurons in their place, without training.

All compute, in their way, the clipped rectified sums that the network stands for: ``a = clip(z, 0, 1)``, where z is V
over the threshold times 2**steps.
"""

from collections.abc import Callable
from dataclasses import replace

from ..check import integer
from .layers import MAX_GAIN, Layer, Shortcut, Synaptic
from .network import Network
from .neurons import LIMIT, Latency, Neurons, Phase, Rate
from .spike_coding import Binary

FRACTION = 8  # bits behind the point of what is converted


def digits(network: Network, steps: int) -> Network:
    """The same network with ``steps`` binary digits a number, 1..16.

    Thresholds of neurons that take pixels halve with each digit more; what is left of them is rounded.

    Raises
    ------
    TypeError, ValueError
        ``steps`` is no such number, or hidden neurons are not phase neurons.
    """
    integer("digits of a number", steps, 1, Binary.max_ticks)
    return _converted(network, steps, steps - network.steps, lambda **fields: Phase(**fields))


def latencies(network: Network) -> Network:
    """The same network with latency neurons, in ``2**steps - 1`` ticks: they give the numbers that phase neurons do.

    Raises
    ------
    ValueError
        Hidden neurons are not phase neurons, or there are more ticks than outputs have (63 of rate neurons).
    """
    layers = []
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Synaptic) and index < len(network.layers) - 1:
            old = _phase(index, layer)
            neurons = Latency(threshold=old.threshold, bias=old.bias, fraction=old.fraction)
            layer = replace(layer, neurons=neurons)
        layers.append(layer)
    return replace(network, steps=2**network.steps - 1, layers=tuple(layers))


def rates(network: Network, steps: int) -> Network:
    """The network by plain rate conversion: neurons that lose a threshold with each spike, in ``steps`` ticks, 1..63.

    Pixels are a constant current; a spike stands for 1, and the mean number of spikes a tick for a (threshold
    balancing). Such a conversion is what phase-coded ones are compared with.

    Raises
    ------
    TypeError, ValueError
        As of `digits`.
    """
    return _converted(network, steps, -network.steps, lambda **fields: Rate(**fields))


def _converted(network: Network, steps: int, scale: int, neurons: Callable[..., Neurons]) -> Network:
    """Values of hidden neurons count ``2**scale`` times as much; pixels are what they were."""
    scales, layers = [0], []  # of what is there after so many layers, as powers of two
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Synaptic) and index < len(network.layers) - 1:
            _phase(index, layer)
            layers.append(_layer(layer, scales, scale, neurons))
            scales.append(scale)
        else:
            layers.append(layer)
            scales.append(scales[-1])
    return replace(network, steps=steps, layers=tuple(layers))


def _phase(index: int, layer: Synaptic) -> Phase:
    """The phase neurons of a layer."""
    if not isinstance(layer.neurons, Phase):
        raise ValueError(f"layer {index}: neurons must be phase neurons to be converted, not {layer.neurons.kind}")
    return layer.neurons


def _layer(layer: Synaptic, scales: list[int], scale: int, neurons: Callable[..., Neurons]) -> Layer:
    """V counts as much as its inputs do, and the threshold as much as V and the output do."""
    own, old = scales[-1], layer.neurons
    assert isinstance(old, Phase)
    shift = layer.shortcut.shift if layer.shortcut else old.fraction
    finer = FRACTION - shift
    fields = {"threshold": [_scaled(value, finer + own - scale, 1, LIMIT) for value in old.threshold],
              "bias": [_scaled(value, finer + own, -LIMIT, LIMIT) for value in old.bias]}
    if layer.shortcut is None:
        return replace(layer, neurons=neurons(fraction=FRACTION, **fields))
    power = finer + own - scales[layer.shortcut.source]
    gain = tuple(_scaled(value, power, 1, MAX_GAIN) for value in layer.shortcut.gain)
    return replace(layer, neurons=neurons(**fields), shortcut=Shortcut(source=layer.shortcut.source, gain=gain,
                                                                       shift=FRACTION))


def _scaled(value: int, power: int, low: int, high: int) -> int:
    """``value * 2**power``, rounded to the nearest, within bounds."""
    exact = value << power if power >= 0 else (value + (1 << -power - 1)) >> -power
    return min(max(exact, low), high)
