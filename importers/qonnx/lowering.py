"""Lowering of a QONNX chain: scales, offsets and normalisations into integers of phase neurons and outputs."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from quant import FirstSpikePool, Network, Phase, Rate
from quant import Flatten as FlattenLayer
from quant.description.layers import Layer
from quant.description.neurons import LIMIT

from .. import fold
from ..form import Array, Flatten, Pool, Synapses, refuse
from ..lowering import Conversion, weighted
from .levels import constants, offsets, reached
from .reading import Affine, Quantiser, Step

PIXELS = range(256)
FRACTION = 8  # bits behind the point of neurons that give numbers of several bits
OUTPUT_FRACTION = 16


@dataclass
class _State:
    """What the stream carries, and what is due.

    A value is ``unit * code + base``. Behind weights ``waiting``, that of output c is ``factor[c] * n + offset[c]``.
    """

    peak: int
    unit: Fraction
    base: Fraction
    bits: int
    channels: int
    layers: list[Layer] = field(default_factory=list)
    rows: list[Conversion] = field(default_factory=list)
    waiting: Synapses | None = None
    numbers: Array = field(default_factory=lambda: np.zeros(0))
    factor: list[Fraction] = field(default_factory=list)
    offset: list[Fraction] = field(default_factory=list)


def lower(source: str, steps: list[Step], shape: tuple[int, int, int], unit: Fraction, base: Fraction,
          ) -> tuple[Network, tuple[Conversion, ...]]:
    """The integer network of a chain that takes ``unit * pixel + base``, and what became of each layer.

    Raises
    ------
    ValueError
        A layer has no exact form; the message names layer, property and remedy.
    """
    bits = {step.bits for step in steps if isinstance(step, Quantiser)}
    if len(bits) != 1:
        raise ValueError(f"{source}: activations must all have the same number of bits, not {sorted(bits) or 'none'}; "
                         "train them so")
    state = _State(peak=PIXELS[-1], unit=unit, base=base, bits=bits.pop(), channels=shape[0])
    for step in steps:
        _RULES[type(step)](step, state)
    _outputs(source, state)
    try:
        network = Network(input_shape=shape, steps=state.bits, layers=tuple(state.layers), readout="potential",
                          coding="direct")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{source}: {error}") from None
    return network, tuple(_measured(network, state.rows))


def whole_pixels(steps: list[Step], pixel: Fraction) -> tuple[list[Step], Fraction, Fraction]:
    """The chain without a quantiser at its beginning that keeps every pixel, and unit and base of what it takes then.

    Raises
    ------
    ValueError
        A quantiser of 8 bits merges pixels.
    """
    at = next((place for place, step in enumerate(steps) if not isinstance(step, Affine)), 0)
    first = steps[at] if steps else None
    if not isinstance(first, Quantiser) or first.bits != 8:
        return steps, pixel, Fraction(0)
    scaled = _State(peak=PIXELS[-1], unit=pixel, base=Fraction(0), bits=8, channels=1)
    for step in steps[:at]:
        _affine(step, scaled)  # type: ignore[arg-type]
    due = reached(scaled.unit, scaled.base, first.levels, PIXELS[-1])
    if due != list(PIXELS[1:]):
        refuse(first.name, "quantises pixels to 8 bits and does not keep each", "use a scale of 1/255, or of --pixel")
    return steps[at + 1:], first.step, first.lowest


def _measured(network: Network, rows: list[Conversion]) -> list[Conversion]:
    """The rows with ranges and widths of V."""
    bounds, result = iter(zip(network.synaptic, network.input_bounds, strict=True)), []
    for row in rows:
        if row.width is not None:
            layer, largest = next(bounds)
            low, high = layer.neurons.potential_range(largest, network.steps)
            row = replace(row, bounds=(low, high), width=max((high + 1).bit_length(), (-low - 1).bit_length()) + 1)
        result.append(row)
    return result


def _synapses(step: Synapses, state: _State) -> None:
    if state.waiting is not None:
        refuse(step.name, f"follows {state.waiting.name} with no activation between", "multiply the two weights out")
    numbers, scales, _ = fold.integers(step, together=False)
    sums = numbers.reshape(len(numbers), -1).sum(1)
    if step.padding and state.base:
        refuse(step.name, "pads with zeros, which are no values of the activation before it", "use padding 0, or "
               "unsigned activations")
    state.waiting, state.numbers = step, numbers
    state.factor = [state.unit * scale for scale in scales]
    state.offset = [state.base * scale * int(total) for scale, total in zip(scales, sums, strict=True)]


def _affine(step: Affine, state: _State) -> None:
    factor, offset = ([Fraction(float(each)) for each in values] for values in (step.factor, step.offset))
    if state.waiting is None:
        if len(factor) > 1 or len(offset) > 1 or factor[0] <= 0:
            refuse(step.name, "scales values before weights by channel, or by no positive number", "put it behind the "
                   "weights")
        state.unit, state.base = state.unit * factor[0], state.base * factor[0] + offset[0]
        return
    outputs = len(state.factor)
    if len(factor) not in (1, outputs) or len(offset) not in (1, outputs):
        refuse(step.name, f"has {max(len(factor), len(offset))} constants for {outputs} outputs", "give one each")
    factor, offset = (each * (outputs // len(each)) for each in (factor, offset))
    state.offset = [a * b + c for a, b, c in zip(factor, state.offset, offset, strict=True)]
    state.factor = [a * b for a, b in zip(factor, state.factor, strict=True)]


def _identity(name: str, state: _State) -> None:
    """Weights of +1 from each value to its own neuron, where an activation follows no weights."""
    _synapses(Synapses(name=f"{name} (one to one)", kind="depthwise_conv2d", weight=np.ones((state.channels, 1, 1, 1)),
                       bias=np.zeros(state.channels)), state)


def _upright(state: _State) -> None:
    """Turn the weights of outputs whose factor is negative."""
    turned = np.array([factor < 0 for factor in state.factor])
    state.numbers[turned] *= -1
    state.factor = [abs(factor) for factor in state.factor]


def _layer(name: str, state: _State, neurons: Any, words: str) -> None:
    assert state.waiting is not None
    kind, fields, said = weighted(state.waiting, state.numbers)
    try:
        state.layers.append(kind(neurons=neurons, **fields))
    except (TypeError, ValueError) as error:
        raise ValueError(f"layer {name}: {error}") from None
    state.rows.append(Conversion(source=name, width=0, became=f"{said}, {words}"))
    state.channels, state.waiting = len(state.numbers), None


def _quantiser(step: Quantiser, state: _State) -> None:
    if state.waiting is None:
        _identity(step.name, state)
    assert state.waiting is not None
    _upright(state)
    _layer(f"{state.waiting.name} + {step.name}", state, _neurons(step, state),
           f"phase neurons of {step.bits} bit{'s' * (step.bits > 1)}")
    state.peak, state.unit, state.base = 2**step.bits - 1, step.step, step.lowest


def _neurons(step: Quantiser, state: _State) -> Phase:
    """Neurons that give the levels of a quantiser, with as few bits behind the binary point as do."""
    rows = state.numbers.reshape(len(state.numbers), -1).astype(int)
    bounds = np.maximum(np.where(rows > 0, rows, 0).sum(1), np.where(rows < 0, -rows, 0).sum(1)) * state.peak
    for fraction in range(FRACTION + 1):
        found = [constants(factor, offset, step.levels, int(bound), fraction)
                 for factor, offset, bound in zip(state.factor, state.offset, bounds, strict=True)]
        made = [each for each in found if each is not None]
        if len(made) == len(found):
            return Phase(threshold=tuple(each for each, _ in made), bias=tuple(each for _, each in made),
                         fraction=fraction)
    refuse(step.name, f"levels of output {found.index(None)} are those of no neuron with {FRACTION} bits behind "
           "the binary point", "scale the layer, or use activations of one bit")


def _pool(step: Pool, state: _State) -> None:
    if state.waiting is not None:
        refuse(step.name, f"lies between the weights of {state.waiting.name} and their activation", "put it behind")
    state.layers.append(FirstSpikePool(size=step.size))
    state.rows.append(Conversion(source=step.name, became=f"largest of {step.size} x {step.size}"))


def _flatten(step: Flatten, state: _State) -> None:
    if state.waiting is not None:
        refuse(step.name, f"lies between the weights of {state.waiting.name} and their activation", "put it behind")
    state.layers.append(FlattenLayer())
    state.rows.append(Conversion(source=step.name, became="flatten"))


def _outputs(source: str, state: _State) -> None:
    """The last layer: it adds up, with an offset for each output."""
    if state.waiting is None:
        raise ValueError(f"{source}: last layer must have weights and no activation; leave the last quantiser out")
    if len(set(state.factor)) > 1 or state.factor[0] == 0:
        refuse(state.waiting.name, "outputs have scales that differ", "use one scale for all outputs")
    name, factor = state.waiting.name, abs(state.factor[0])
    _upright(state)
    exact = [offset / factor for offset in state.offset]
    largest = max(1, *(fold.above(abs(each), False) for each in exact))
    bias, bits, same = offsets(exact, min(OUTPUT_FRACTION, max(0, (LIMIT // largest).bit_length() - 1)))
    neurons = Rate(threshold=(LIMIT,) * len(bias), amount=(0,) * len(bias), bias=tuple(bias), fraction=bits)
    _layer(name, state, neurons, "adds up")
    if not same:
        lost = fold.loss(exact, bias, bits)
        state.rows[-1] = replace(state.rows[-1], loss=f"offsets of outputs rounded by up to {lost:.3g} of a weight")


_RULES: dict[type, Any] = {Synapses: _synapses, Affine: _affine, Quantiser: _quantiser, Pool: _pool, Flatten: _flatten}
