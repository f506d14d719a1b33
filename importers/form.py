"""Intermediate form of a network from elsewhere: a chain of layers in real numbers, with every property spelled out.

An importer makes a `Chain` of a source; `importers.lowering` makes the integer network of it, and
`importers.simulation` runs it as it stands.
"""

from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]
RESETS = ("subtract", "zero", "none")
TIMINGS = ("now", "late", "held")
LARGEST = 1e100  # magnitude; beyond it, or below its inverse, squares may leave float64


def refuse(layer: str, what: str, remedy: str) -> NoReturn:
    """Raise the ValueError of what cannot be represented: layer, property and remedy in one line."""
    raise ValueError(f"layer {layer}: {what}; {remedy}")


@dataclass(frozen=True, kw_only=True)
class Synapses:
    """Weights in real numbers.

    Parameters
    ----------
    name : str
        Of the layer in its source.
    kind : "dense", "conv2d" or "depthwise_conv2d"
    weight : float64 array (outputs, inputs) or (outputs, inputs, k, k)
    bias : float64 array (outputs,)
        Added in every tick.
    stride, padding : int
        Of a convolution.
    """

    name: str
    kind: str
    weight: Array
    bias: Array
    stride: int = 1
    padding: int = 0


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A pool whose windows do not overlap, ``kind`` "sum", "average" or "max"."""

    name: str
    kind: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Flatten:
    """All values on one axis, in the order channel, row, column."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Scale:
    """All values times a positive number."""

    name: str
    factor: float


@dataclass(frozen=True, kw_only=True)
class Neurons:
    """Neurons in real numbers.

    V begins at ``rest``. In a tick ``V += (1 - decay) (rest - V) + gain * input + feedback``; a neuron fires if
    ``V > threshold``, or ``>=``, and is reset.

    Parameters
    ----------
    name : str
    threshold : float64 array, one number or one a channel
        Infinite: they never fire, and only add up.
    strict : bool
        The comparator is ``>``, else ``>=``.
    reset : "subtract", "zero" or "none"
        V -= threshold, V = rest, or nothing.
    timing : "now", "late" or "held"
        Of a reset by subtraction. ``late``: in the next tick, after the decay. ``held``: at once; but in a tick that
        begins with V above the threshold, what is compared is V - threshold.
    decay : float
        0..1; 1: no leak.
    gain : float
        Of the input.
    rest : float
    spike : float
        Value of a spike in the next layer.
    feedback : Synapses or None
        From the spikes of the tick before; 0 in tick 0.
    """

    name: str
    threshold: Array
    strict: bool = True
    reset: str = "subtract"
    timing: str = "now"
    decay: float = 1.0
    gain: float = 1.0
    rest: float = 0.0
    spike: float = 1.0
    feedback: Synapses | None = None


Layer = Synapses | Pool | Flatten | Scale | Neurons


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A network from elsewhere.

    Parameters
    ----------
    source : str
        Where it is from, for reports.
    input_shape : (channels, height, width)
    layers : sequence of layers
        In order.
    notes : sequence of str
        Assumptions that were made in reading it, for reports.
    """

    source: str
    input_shape: tuple[int, int, int]
    layers: tuple[Layer, ...]
    notes: tuple[str, ...] = field(default=())


def finite(name: str, what: str, values: Any, shape: Shape | None = None) -> Array:
    """``values`` as a float64 array, of ``shape`` if one is given.

    Raises
    ------
    ValueError
        They are no finite numbers, beyond `LARGEST`, or of another shape.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or array.size == 0:
        refuse(name, f"{what} must be real numbers, not {array.size} of {array.dtype!s:.40}", "mend the source")
    if not np.isfinite(array.astype(np.float64)).all():
        refuse(name, f"{what} must be finite numbers, and some are not", "look for NaN and infinity in the source")
    sizes = np.abs(array.astype(np.float64))
    if (wrong := (sizes > LARGEST) | (sizes > 0) & (sizes < 1 / LARGEST)).any():
        refuse(name, f"{what} must be 0 or of magnitude {1 / LARGEST:g}..{LARGEST:g}, not {array[wrong][0]:g}",
               "scale the source")
    if shape is not None and array.shape != shape:
        refuse(name, f"{what} must have shape {shape}, not {array.shape}", "mend the source")
    return array.astype(np.float64)


def single(name: str, what: str, values: Any) -> float:
    """The number that all of ``values`` are; a ValueError if they differ, or are not finite."""
    array = finite(name, what, values)
    if array.size == 0 or (array != array.flat[0]).any():
        refuse(name, f"{what} differs among neurons", "use one value for the whole layer")
    return float(array.flat[0])


def by_channel(name: str, what: str, values: Any, channels: int | None = None) -> Array:
    """One number a channel of numbers of a whole map, axes (channel, ...); a single number stays one."""
    array = finite(name, what, values)
    if array.size == 1:
        return array.reshape(1)
    if array.ndim > 1:
        rows = array.reshape(array.shape[0], -1)
        if (rows != rows[:, :1]).any():
            refuse(name, f"{what} differs within a channel", "use one value for each channel")
        array = rows[:, 0]
    return array
