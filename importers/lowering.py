"""Lowering: the intermediate form in real numbers to the integer network, exactly, or with a stated loss if asked."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from quant import Conv2d, Dense, DepthwiseConv2d, FirstSpikePool, Network, SumPool
from quant import Flatten as FlattenLayer
from quant.description.integers import weights
from quant.description.layers import Layer as NetworkLayer
from quant.description.layers import Synaptic
from quant.description.network import coded, input_bound
from quant.description.neurons import LIMIT

from . import fold
from .form import Array, Chain, Flatten, Neurons, Pool, Scale, Synapses, refuse
from .neurons import Population, described, feedback
from .settings import Settings

SYNAPTIC: dict[str, type[Synaptic]] = {"dense": Dense, "conv2d": Conv2d, "depthwise_conv2d": DepthwiseConv2d}


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """Conversion of one layer, for the report.

    Attributes
    ----------
    source, became : str
        Names in the source, and what it became in words.
    width : int or None
        Bits of V; None of layers without neurons.
    bounds : (int, int) or None
        Range of V over all inputs.
    loss : str
        What was rounded; empty: nothing, the layer is exact.
    """

    source: str
    became: str
    width: int | None = None
    bounds: tuple[int, int] | None = None
    loss: str = ""


@dataclass
class _State:
    """Layers so far, and what is due: the value of 1 in the signal, and synapses that wait for their neurons."""

    settings: Settings
    scale: Fraction
    layers: list[NetworkLayer] = field(default_factory=list)
    done: list[Conversion] = field(default_factory=list)
    waiting: Synapses | None = None
    gain: Fraction = Fraction(1)
    shapes: list[tuple[int, int, int]] = field(default_factory=list)


def lower(chain: Chain, settings: Settings) -> tuple[Network, tuple[Conversion, ...]]:
    """The integer network of a chain, and what became of each layer.

    Raises
    ------
    ValueError
        A layer, or the network, has no exact form; the message names layer, property and remedy.
    """
    state = _State(settings, settings.pixel, shapes=[chain.input_shape])
    for layer in chain.layers:
        _RULES[type(layer)](layer, state)
    if state.waiting is not None:
        _neurons(Neurons(name=f"{state.waiting.name} (adds up)", threshold=np.array([np.inf]), reset="none"), state)
    adds_up = bool(chain.layers) and (isinstance(chain.layers[-1], Synapses) or _silent(chain.layers[-1]))
    readout = settings.readout or ("potential" if adds_up else "count")
    try:
        network = Network(input_shape=chain.input_shape, steps=settings.ticks, layers=tuple(state.layers),
                          readout=readout, coding=settings.coding, class_names=settings.class_names)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{chain.source}: {error}") from None
    return network, tuple(_measured(network, state.done))


def _silent(layer: object) -> bool:
    return isinstance(layer, Neurons) and bool(np.isinf(layer.threshold).all())


def _measured(network: Network, done: list[Conversion]) -> list[Conversion]:
    """The conversions with ranges and widths of V."""
    bounds = iter(zip(network.synaptic, network.input_bounds, strict=True))
    result = []
    for each in done:
        if each.width is None:
            result.append(each)
            continue
        layer, largest = next(bounds)
        low, high = layer.neurons.potential_range(largest, network.steps)
        width = max((high + 1).bit_length(), (-low - 1).bit_length()) + 1
        result.append(replace(each, bounds=(low, high), width=width))
    return result


def _add(state: _State, name: str, make: Callable[[], NetworkLayer], became: str) -> None:
    """Append a layer that fits, with its row."""
    try:
        layer = make()
        shape = layer.output_shape(state.shapes[-1])
    except (TypeError, ValueError) as error:
        raise ValueError(f"layer {name}: {error}") from None
    state.layers.append(layer)
    state.shapes.append(shape)
    state.done.append(Conversion(source=name, became=became, width=0 if isinstance(layer, Synaptic) else None))


def _synapses(layer: Synapses, state: _State) -> None:
    if state.waiting is not None:
        refuse(layer.name, f"follows {state.waiting.name} with no neurons between", "multiply the two weights out")
    state.waiting, state.gain = layer, Fraction(1)


def _scale(layer: Scale, state: _State) -> None:
    if not layer.factor > 0:
        refuse(layer.name, f"scale {layer.factor:.6g} is not positive", "fold it into the weights")
    if state.waiting is None:
        state.scale *= Fraction(layer.factor)
    else:
        state.gain *= Fraction(layer.factor)
    state.done.append(Conversion(source=layer.name, became=f"factor {layer.factor:.6g} of thresholds"))


def _flatten(layer: Flatten, state: _State) -> None:
    _between(layer.name, state)
    _add(state, layer.name, FlattenLayer, "flatten")


def _pool(layer: Pool, state: _State) -> None:
    _between(layer.name, state)
    if layer.kind == "max":
        if not state.layers and state.settings.coding == "latency":
            refuse(layer.name, "is a maximum of spikes in each tick, of pixels that spike once", "pool later, or use "
                   "coding direct")
        _add(state, layer.name, lambda: FirstSpikePool(size=layer.size), f"first-spike pool {layer.size}")
        return
    if layer.kind == "average":
        state.scale /= layer.size**2
    _add(state, layer.name, lambda: SumPool(size=layer.size),
         f"sum pool {layer.size}" + f", thresholds times {layer.size**2}" * (layer.kind == "average"))


def _between(name: str, state: _State) -> None:
    if state.waiting is not None:
        refuse(name, f"lies between the weights of {state.waiting.name} and its neurons", "put it behind the neurons")


def _identity(channels: int, name: str, flat: bool) -> Synapses:
    """Weights of +1 from each input to its own neuron."""
    return Synapses(name=f"{name} (one to one)", kind="depthwise_conv2d", weight=np.ones((channels, 1, 1, 1)),
                    bias=np.zeros(channels))


def weighted(synapses: Synapses, numbers: Array) -> tuple[type[Synaptic], dict[str, Any], str]:
    """Kind of the layer with these integers as weights, its own fields, and both in words."""
    kind = SYNAPTIC[synapses.kind]
    fields: dict[str, Any] = {"weights": weights(numbers)}
    if kind is not Dense:
        fields |= {"stride": synapses.stride, "padding": synapses.padding}
    bits = fields["weights"].width
    return kind, fields, (f"{kind.kind} {'x'.join(map(str, fields['weights'].shape))}"
                          + f", {bits}-bit weights" * (bits > 1))


def _neurons(layer: Neurons, state: _State) -> None:
    synapses = state.waiting or _identity(state.shapes[-1][0], layer.name, state.shapes[-1][1:] == (1, 1))
    asked, adds_up, loop = state.settings.weights, _silent(layer), None
    synapses, *losses = fold.rounded(synapses, asked, together=adds_up) if asked else (synapses,)
    numbers, scales, same = fold.integers(synapses, together=adds_up)
    gain = state.gain * Fraction(layer.gain)
    unit = [state.scale * scale * gain for scale in scales]
    population = Population(layer, unit, [Fraction(float(each)) * gain for each in synapses.bias], state.settings)
    own, words = described(population)
    losses += words
    if layer.feedback is not None:
        loop, lost = feedback(layer, unit, asked)
        losses.append(lost)
    kind, fields, said = weighted(synapses, numbers)
    name = f"{synapses.name} + {layer.name}" if state.waiting is not None else layer.name
    _add(state, name, lambda: kind(neurons=own, feedback=loop, **fields),
         said + " within 2**-22" * (not same) + f", {population.words}" + ", feedback" * (loop is not None))
    _bounded(name, state)
    state.done[-1] = replace(state.done[-1], loss="; ".join(filter(None, losses)))
    state.waiting, state.gain, state.scale = None, Fraction(1), Fraction(layer.spike)


def _bounded(name: str, state: _State) -> None:
    """Refuse a layer whose V may leave the 53 bits in which its models are exact."""
    signal = coded(state.settings.coding, state.settings.ticks)
    for layer in state.layers[:-1]:
        signal = layer.output_signal(signal, state.settings.ticks)
    last = state.layers[-1]
    assert isinstance(last, Synaptic)
    try:
        last.output_signal(signal, state.settings.ticks)
    except ValueError as error:
        raise ValueError(f"layer {name}: {error}") from None
    low, high = last.neurons.potential_range(input_bound(last, signal), state.settings.ticks)
    if high >= LIMIT and LIMIT in last.neurons.threshold:
        refuse(name, "a threshold is beyond 2**31 - 1, and potentials may reach it", "use fewer ticks, no leak or "
               "smaller thresholds, or round leaks and amounts (--round-leak, --round-amounts)")
    if max(-low, high + 1) >= 2**53:
        refuse(name, f"its potentials need {max(-low, high).bit_length() + 1} bits", "use fewer ticks, or round leaks "
               "and amounts (--round-leak, --round-amounts)")


_RULES: dict[type, Callable[[Any, _State], None]] = {
    Synapses: _synapses, Scale: _scale, Flatten: _flatten, Pool: _pool, Neurons: _neurons}
