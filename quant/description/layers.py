"""Layers: what a network is made of. Each kind maps a (channels, height, width) shape of values to another.

Another kind is another class here with a `kind`, listed in `LAYERS`, and its twins in `sim.functional.layers` and
`quant.dataflow.lowering`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..check import integer, integers
from .neurons import LIMIT, NEURONS, Neurons, Rate
from .signs import SignTensor

MAX_EXTENT = 4096
MAX_WEIGHTS = 2**26
MAX_LAYERS = 64
MAX_GAIN = 2**15
MAX_SHIFT = 16
Shape = tuple[int, int, int]


def _signs(kind: str, weights: SignTensor) -> SignTensor:
    weights = SignTensor.of(weights)
    for extent in weights.shape:
        integer(f"{kind} weights extent", extent, 1, MAX_WEIGHTS)
    integer(f"{kind} number of weights", weights.size, 1, MAX_WEIGHTS)
    return weights


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """Synapses from all neurons of a layer to the neurons of the same layer, one tick later.

    In tick t > 0 the neurons get, from the spikes ``s(t-1)`` that all neurons of their layer gave in the tick before,
    ``m(t)``: the sum of the weights over those that spiked. What they integrate is ``n_input(t) + (m(t) << shift)``; in
    tick 0 there is no feedback.

    Parameters
    ----------
    weights : array of -1 and +1, or SignTensor
        Of a Dense of N outputs: shape (N, N), to and from. Of a Conv2d of C output channels: shape (C, C, k, k) with k
        odd, over the layer's own output map with stride 1 and k // 2 rows and columns of silence on each side.
    shift : int
        0..16.

    Raises
    ------
    TypeError, ValueError
        Weights are not signs, a number is out of range, or the largest ``abs(m(t)) << shift`` is beyond 2**31 - 1.
    """

    kind: ClassVar[str] = "feedback"
    weights: SignTensor
    shift: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _signs(self.kind, self.weights))
        if len(self.weights.shape) not in (2, 4):
            raise ValueError(f"feedback weights must have 2 or 4 axes, not shape {self.weights.shape}")
        object.__setattr__(self, "shift", integer("feedback shift", self.shift, 0, MAX_SHIFT))
        integer("feedback fan-in << shift", self.input_bound, 1, LIMIT)

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.weights.size // self.weights.shape[0]

    @property
    def input_bound(self) -> int:
        """Largest ``abs(m(t) << shift)``: m is a sum of at most ``fan_in`` weights."""
        return self.fan_in << self.shift


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """One more input of each neuron: what the neuron in its place gave in an earlier layer, times an integer.

    Parameters
    ----------
    source : int
        Place in `Network.shapes`: 0 is the input, k the output of layer k - 1, which has weights or is a first-spike
        pool. It has the shape of the output of the layer that takes the shortcut.
    gain : sequence of int
        One for each output channel, 1..2**15.
    shift : int
        0..8: the sum over the weights counts ``<< shift``, so that a gain is in units of ``2**-shift`` of a weight.

    Raises
    ------
    TypeError, ValueError
        A value is of the wrong type or out of range.
    """

    kind: ClassVar[str] = "shortcut"
    source: int
    gain: tuple[int, ...]
    shift: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", integer("shortcut source", self.source, 0, MAX_LAYERS))
        object.__setattr__(self, "gain", integers("shortcut gain", self.gain, 1, MAX_GAIN))
        object.__setattr__(self, "shift", integer("shortcut shift", self.shift, 0, 8))


def _synapses(layer: "Conv2d | Dense", axes: int) -> None:
    weights = _signs(layer.kind, layer.weights)
    object.__setattr__(layer, "weights", weights)
    if len(weights.shape) != axes:
        raise ValueError(f"{layer.kind} weights must have {axes} axes, not shape {weights.shape}")
    if not isinstance(layer.neurons, tuple(NEURONS.values())):
        raise TypeError(f"{layer.kind} neurons must be one of {', '.join(NEURONS)}, not {layer.neurons!r}")
    if len(layer.neurons.threshold) != weights.shape[0]:
        raise ValueError(f"{layer.kind} must have one threshold an output channel ({weights.shape[0]}), "
                         f"not {len(layer.neurons.threshold)}")
    if layer.feedback is not None:
        _loop(layer, layer.feedback)
    if not isinstance(layer.shortcut, Shortcut | None):
        raise TypeError(f"{layer.kind} shortcut must be a Shortcut or None, not {layer.shortcut!r:.60}")
    if layer.shortcut is not None and layer.feedback is not None:
        raise ValueError(f"{layer.kind} must not have both a shortcut and feedback; leave one out")
    if layer.shortcut is not None and len(layer.shortcut.gain) != weights.shape[0]:
        raise ValueError(f"{layer.kind} shortcut must have one gain an output channel ({weights.shape[0]}), "
                         f"not {len(layer.shortcut.gain)}")


def _loop(layer: "Conv2d | Dense", feedback: Feedback) -> None:
    if not isinstance(feedback, Feedback):
        raise TypeError(f"{layer.kind} feedback must be a Feedback or None, not {feedback!r:.60}")
    if not isinstance(layer.neurons, Rate):
        raise ValueError(f"{layer.kind} feedback must reach rate neurons, not {layer.neurons.kind}; leave it out")
    shape, channels = feedback.weights.shape, layer.weights.shape[0]
    extents = (channels,) * 2 + (shape[-1],) * (len(layer.weights.shape) - 2)
    if shape != extents or len(shape) == 4 and not shape[-1] % 2:
        wanted = ", an odd k twice" if len(layer.weights.shape) == 4 else ""
        raise ValueError(f"{layer.kind} feedback weights must have shape ({channels}, {channels}{wanted}), not {shape}")


@dataclass(frozen=True, kw_only=True)
class Conv2d:
    """Square convolution with sign weights, then neurons.

    Parameters
    ----------
    weights : array of -1 and +1, shape (out_channels, in_channels, k, k), or SignTensor
    neurons : SingleSpike, Rate or Phase
        One threshold and bias an output channel.
    stride : int
        1..64, the same on both axes.
    padding : int
        0..k-1 rows and columns of inputs that never spike, on each side.
    feedback : Feedback, optional
        Of Rate neurons whose inputs are numbers, and not of the last layer. They integrate
        ``n(t) = n_input(t) + (m(t) << shift)``.
    shortcut : Shortcut, optional
        Not of the last layer, nor beside feedback. They integrate ``n(t) = (n_input(t) << shift) + gain * s(t)``, where
        s(t) is what the source gives in tick t: a spike or a number.

    Raises
    ------
    TypeError, ValueError
        Weights are not signs or not square, a number is out of range, or feedback or shortcut do not fit.
    """

    kind: ClassVar[str] = "conv2d"
    weights: SignTensor
    neurons: Neurons
    stride: int = 1
    padding: int = 0
    feedback: Feedback | None = None
    shortcut: Shortcut | None = None

    def __post_init__(self) -> None:
        _synapses(self, 4)
        if self.weights.shape[2] != self.weights.shape[3]:
            raise ValueError(f"conv2d kernel must be square, not {self.weights.shape[2:]}")
        object.__setattr__(self, "stride", integer("conv2d stride", self.stride, 1, 64))
        object.__setattr__(self, "padding", integer("conv2d padding", self.padding, 0, self.size - 1))

    @property
    def size(self) -> int:
        """Extent of the square kernel."""
        return self.weights.shape[2]

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.weights.size // self.weights.shape[0]

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for an input of ``shape``."""
        if shape[0] != self.weights.shape[1]:
            raise ValueError(f"conv2d weights must take {shape[0]} input channels, not {self.weights.shape[1]}")
        spans = [extent + 2 * self.padding - self.size for extent in shape[1:]]
        if min(spans) < 0:
            raise ValueError(f"conv2d kernel must fit the padded input {shape[1:]}, not extend over {self.size}")
        return (self.weights.shape[0], spans[0] // self.stride + 1, spans[1] // self.stride + 1)


@dataclass(frozen=True, kw_only=True)
class Dense:
    """Every input to every neuron, with sign weights.

    Parameters
    ----------
    weights : array of -1 and +1, shape (out_features, in_features), or SignTensor
        Input order is that of `Flatten`.
    neurons : SingleSpike, Rate or Phase
        One threshold and bias an output.
    feedback : Feedback, optional
    shortcut : Shortcut, optional
        As of Conv2d.
    """

    kind: ClassVar[str] = "dense"
    weights: SignTensor
    neurons: Neurons
    feedback: Feedback | None = None
    shortcut: Shortcut | None = None

    def __post_init__(self) -> None:
        _synapses(self, 2)

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.weights.shape[1]

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for an input of ``shape``, which must be flat."""
        if shape[1:] != (1, 1):
            raise ValueError(f"dense input must be flat, not {shape}; put a Flatten before it")
        if shape[0] != self.fan_in:
            raise ValueError(f"dense weights must take {shape[0]} inputs, not {self.fan_in}")
        return (self.weights.shape[0], 1, 1)


@dataclass(frozen=True, kw_only=True)
class FirstSpikePool:
    """The earliest spike time of each size x size window; of spike trains, a spike in each tick in which any has one.

    Of numbers it is the largest. Windows do not overlap, a remainder is dropped.

    Parameters
    ----------
    size : int
        2..64.
    """

    kind: ClassVar[str] = "first_spike_pool"
    size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", integer("pool size", self.size, 2, 64))

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for an input of ``shape``."""
        if min(shape[1:]) < self.size:
            raise ValueError(f"pool window must fit the input {shape[1:]}, not extend over {self.size}")
        return (shape[0], shape[1] // self.size, shape[2] // self.size)


@dataclass(frozen=True, kw_only=True)
class SumPool:
    """The sum of the inputs of each size x size window, in each plane; windows do not overlap and cover the map.

    It passes counts, which the next layer with weights adds up: there each input of a window has the same weight.

    Parameters
    ----------
    size : int
        2..64.
    """

    kind: ClassVar[str] = "sum_pool"
    size: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", integer("pool size", self.size, 2, 64))

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for an input of ``shape``."""
        if shape[1] % self.size or shape[2] % self.size:
            raise ValueError(f"sum pool windows must cover the input {shape[1:]}, not leave a rest of {self.size}")
        return (shape[0], shape[1] // self.size, shape[2] // self.size)


@dataclass(frozen=True, kw_only=True)
class Flatten:
    """(channels, height, width) to (channels * height * width, 1, 1) in that order, as in PyTorch."""

    kind: ClassVar[str] = "flatten"

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output for an input of ``shape``."""
        return (shape[0] * shape[1] * shape[2], 1, 1)


Layer = Conv2d | Dense | FirstSpikePool | SumPool | Flatten
Synaptic = Conv2d | Dense
LAYERS: dict[str, Any] = {kind.kind: kind for kind in (Conv2d, Dense, FirstSpikePool, SumPool, Flatten)}
