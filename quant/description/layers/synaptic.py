"""Base of all layers with weights, and what such a layer may have besides."""

from dataclasses import dataclass
from typing import ClassVar

from ...check import integer, integers
from ..integers import weights as packed
from ..neurons import LIMIT, NEURONS, Neurons
from ..signal import Signal
from ..weights import Weights
from .layer import MAX_LAYERS, Layer

MAX_WEIGHTS = 2**26
MAX_GAIN = 2**15
MAX_SHIFT = 16


def _packed(kind: str, values: Weights) -> Weights:
    weights = packed(values)
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
    weights : array of integers of up to 8 bits, or Weights
        Of a Dense of N outputs: shape (N, N), to and from. Of a convolution of C channels: shape (C, C, k, k) with k
        odd, over the layer's own output map with stride 1 and k // 2 rows and columns of silence on each side.
    shift : int
        0..16.

    Raises
    ------
    TypeError, ValueError
        Weights are no integers, a number is out of range, or the largest ``abs(m(t)) << shift`` is beyond 2**31 - 1.
    """

    kind: ClassVar[str] = "feedback"
    weights: Weights
    shift: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _packed(self.kind, self.weights))
        if len(self.weights.shape) not in (2, 4):
            raise ValueError(f"feedback weights must have 2 or 4 axes, not shape {self.weights.shape}")
        object.__setattr__(self, "shift", integer("feedback shift", self.shift, 0, MAX_SHIFT))
        integer("largest sum of feedback weights << shift", self.input_bound, 0, LIMIT)

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.weights.fan_in

    @property
    def input_bound(self) -> int:
        """Largest ``abs(m(t) << shift)``: m is a sum of weights of one output, each at most once."""
        return self.weights.bound << self.shift


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


@dataclass(frozen=True, kw_only=True)
class Synaptic(Layer):
    """A layer of neurons with weights; their first axis: output channels.

    Parameters
    ----------
    weights : array of integers of up to 8 bits, or Weights
        Of ``axes`` axes; if all are -1 or +1, they are sign weights.
    neurons : Neurons
        One threshold and bias an output channel.
    feedback : Feedback, optional
        Of recurrent neurons whose inputs are numbers, and not of the last layer. They integrate
        ``n(t) = n_input(t) + (m(t) << shift)``.
    shortcut : Shortcut, optional
        Not of the last layer, nor beside feedback. They integrate ``n(t) = (n_input(t) << shift) + gain * s(t)``, where
        s(t) is what the source gives in tick t: a spike or a number.

    Raises
    ------
    TypeError, ValueError
        Weights are no integers, neurons are of no known kind, or neurons, feedback or shortcut do not fit the weights.
    """

    axes: ClassVar[int]
    weights: Weights
    neurons: Neurons
    feedback: Feedback | None = None
    shortcut: Shortcut | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", _packed(self.kind, self.weights))
        if len(self.weights.shape) != self.axes:
            raise ValueError(f"{self.kind} weights must have {self.axes} axes, not shape {self.weights.shape}")
        if not isinstance(self.neurons, tuple(NEURONS.values())):
            raise TypeError(f"{self.kind} neurons must be one of {', '.join(NEURONS)}, not {self.neurons!r}")
        self._check_channels("threshold", self.neurons.threshold)
        if self.feedback is not None:
            self._check_feedback(self.feedback)
        if not isinstance(self.shortcut, Shortcut | None):
            raise TypeError(f"{self.kind} shortcut must be a Shortcut or None, not {self.shortcut!r:.60}")
        if self.shortcut is not None:
            if self.feedback is not None:
                raise ValueError(f"{self.kind} must not have both a shortcut and feedback; leave one out")
            self._check_channels("gain", self.shortcut.gain)

    def _check_channels(self, name: str, values: tuple[int, ...]) -> None:
        if len(values) != self.channels:
            raise ValueError(f"{self.kind} must have one {name} an output channel ({self.channels}), "
                             f"not {len(values)}")

    def _check_feedback(self, feedback: Feedback) -> None:
        if not isinstance(feedback, Feedback):
            raise TypeError(f"{self.kind} feedback must be a Feedback or None, not {feedback!r:.60}")
        if not self.neurons.recurrent:
            kinds = " or ".join(kind.kind for kind in NEURONS.values() if kind.recurrent)
            raise ValueError(f"{self.kind} feedback must reach {kinds} neurons, not {self.neurons.kind}; leave it out")
        shape, channels = feedback.weights.shape, self.channels
        extents = (channels,) * 2 + (shape[-1],) * (self.axes - 2)
        if shape != extents or len(shape) == 4 and not shape[-1] % 2:
            wanted = ", an odd k twice" if self.axes == 4 else ""
            raise ValueError(f"{self.kind} feedback weights must have shape ({channels}, {channels}{wanted}), "
                             f"not {shape}")

    @property
    def channels(self) -> int:
        """Output channels."""
        return self.weights.shape[0]

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.weights.fan_in

    def output_signal(self, signal: Signal, steps: int) -> Signal:
        """As of `Layer`: that of the neurons."""
        if signal.spike_coding not in self.neurons.takes:
            raise ValueError(f"{self.neurons.kind} neurons must not take {signal.spike_coding.kind}")
        if self.feedback is not None and not signal.spike_coding.numeric:
            raise ValueError(f"{self.kind} with feedback must take numbers, not {signal.spike_coding.kind}; leave "
                             "its feedback out, or make it the first layer of a network of coding direct")
        gives = self.neurons.gives
        integer(f"steps of a network with {self.neurons.kind} neurons", steps, 1, gives.max_ticks)
        return Signal.of(gives, steps)
