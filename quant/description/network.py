"""The integer network: everything after quantisation starts from this description. Standard library only."""

from dataclasses import dataclass

from ..check import integer, integers, member, plain, unique_names
from .layers import LAYERS, MAX_EXTENT, MAX_LAYERS, Dense, Layer, Shape, Synaptic
from .psp import MAX_STEPS
from .signal import Signal
from .spike_coding import Binary, Bits, SpikeCoding, Times, Trains

CODINGS: dict[str, SpikeCoding] = {"latency": Times, "direct": Binary, "events": Trains}
READOUTS = ("first_spike", "potential", "count")
PIXEL_BITS = 8
MAX_NEURONS = 2**24


def coded(coding: str, steps: int) -> Signal:
    """Signal that a coding makes of 8-bit pixels; a ValueError if a pixel has too few bits for so many ticks."""
    code = CODINGS[coding]
    if issubclass(code, Bits) and not code.numeric and steps > PIXEL_BITS:
        raise ValueError(f"steps must be in 1..{PIXEL_BITS} with coding {coding}, a bit of each value for each tick, "
                         f"not {steps}")
    return Signal(code, PIXEL_BITS if code.numeric else steps)


def input_bound(layer: Synaptic, signal: Signal, shortcut: Signal | None = None) -> int:
    """Bound of ``|n(t)|`` over all inputs and ticks, for a layer that takes ``signal``, and ``shortcut`` besides.

    Without either n(t) is a sum of ``fan_in`` terms, a weight times an input in 0..peak, so
    ``|n(t)| <= weights.bound * peak``: the larger of what positive and what negative weights of an output add up to,
    ``fan_in`` of signs. It is attained if the inputs of these weights are at their peak, and no other. With feedback
    ``m(t) << shift`` is added, and m(t) is a sum of some of its weights: ``|m(t)| << shift <= feedback.input_bound``.
    With a shortcut it is ``n(t) << shift``, and one more input in 0..peak is added, times the gain of its channel.
    """
    own = layer.weights.bound * signal.peak + (layer.feedback.input_bound if layer.feedback is not None else 0)
    if layer.shortcut is None:
        return own
    assert shortcut is not None
    return (own << layer.shortcut.shift) + max(layer.shortcut.gain) * shortcut.peak


@dataclass(frozen=True, kw_only=True)
class Network:
    """A spiking network in integers, of binary weights or of a few bits.

    Time is ``steps`` ticks, 0 .. steps-1; the spike time ``steps`` means *never*.

    Parameters
    ----------
    input_shape : (channels, height, width)
        8-bit pixels.
    steps : int
        1..256 ticks, and no more than the codes of its neurons have: see `max_ticks` of `spike_coding`.
    layers : sequence of Layer
        Of the kinds in `LAYERS`.
        The last must be a Dense, the readout's.
    readout : "first_spike", "potential" or "count"
        ``first_spike``: class of the earliest output spike; a tie goes to the larger V at that tick, then to the lower
        index; if no output fires, largest V at the last tick, then lower index. ``potential``: largest V at the last
        tick, then lower index. ``count``: most spikes, then largest V at the last tick, then lower index. V is that
        after reset and leak.
    coding : "latency", "direct" or "events"
        Pixel p spikes at ``((255 - p) * steps) >> 8``, never if p == 0; or it is added as a number in every tick; or it
        is a spike train of 1..8 ticks, whose bit t is the spike in tick t, and the bits above them do not matter.
    class_names : sequence of str
        One an output; empty: "0", "1", ...

    Raises
    ------
    TypeError, ValueError
        A field is wrong, or two layers do not fit; the message names the layer by its position.
    """

    input_shape: Shape
    steps: int
    layers: tuple[Layer, ...]
    readout: str = "first_spike"
    coding: str = "latency"
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        extents = integers("input_shape", self.input_shape, 1, MAX_EXTENT)
        if len(extents) != 3:
            raise ValueError(f"input_shape must be (channels, height, width), not {self.input_shape!r}")
        object.__setattr__(self, "input_shape", extents)
        object.__setattr__(self, "steps", integer("steps", self.steps, 1, MAX_STEPS))
        object.__setattr__(self, "layers", tuple(self.layers))
        member("readout", self.readout, READOUTS)
        member("coding", self.coding, tuple(CODINGS))
        integer("number of layers", len(self.layers), 1, MAX_LAYERS)
        for index, layer in enumerate(self.layers):
            if not isinstance(layer, tuple(LAYERS.values())):
                raise TypeError(f"layer {index} must be one of {', '.join(LAYERS)}, not {layer!r:.60}")
        if not isinstance(self.layers[-1], Dense):
            raise ValueError(f"last layer must be a dense one, not {self.layers[-1].kind}")
        if self.layers[-1].feedback is not None:
            raise ValueError("last layer must have no feedback; leave it out, or put a dense one behind it")
        self._name_classes(self.shapes[-1][0])
        if not self.layers[-1].neurons.readouts:
            raise ValueError(f"{self.layers[-1].neurons.kind} neurons must not be the outputs; give them rate neurons")
        member("readout of these output neurons", self.readout, self.layers[-1].neurons.readouts)
        _ = self.signals
        for index, layer in enumerate(self.layers):
            if isinstance(layer, Synaptic) and layer.shortcut is not None:
                self._check_shortcut(index, layer)

    def _check_shortcut(self, index: int, layer: Synaptic) -> None:
        assert layer.shortcut is not None
        source, where = layer.shortcut.source, f"layer {index}: shortcut source"
        integer(where, source, 0, index)
        if index == len(self.layers) - 1:
            raise ValueError("last layer must have no shortcut; leave it out, or put a dense one behind it")
        if source and self.layers[source - 1].passes_on:
            raise ValueError(f"{where} must be an input, a layer with weights or a first-spike pool, "
                             f"not a {self.layers[source - 1].kind}")
        if self.shapes[source] != self.shapes[index + 1]:
            raise ValueError(f"{where} must have the shape {self.shapes[index + 1]} of what is added to it, "
                             f"not {self.shapes[source]}")
        if self.signals[source].spike_coding not in layer.neurons.takes:
            raise ValueError(f"{where} must not give {self.signals[source].spike_coding.kind} to "
                             f"{layer.neurons.kind} neurons")

    def _name_classes(self, classes: int) -> None:
        names = plain(self.class_names)
        if not isinstance(names, (list, tuple)):
            raise TypeError(f"class_names must be a list of names, not {names!r:.60}")
        names = tuple(names) or tuple(str(i) for i in range(classes))
        if len(names) != classes:
            raise ValueError(f"class_names must name {classes} classes, not {len(names)}")
        object.__setattr__(self, "class_names", unique_names("class_names", names))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shape at the input and after each layer."""
        shapes = [self.input_shape]
        for index, layer in enumerate(self.layers):
            try:
                shape = layer.output_shape(shapes[-1])
            except ValueError as error:
                raise ValueError(f"layer {index}: {error}") from None
            integer(f"layer {index}: number of neurons", shape[0] * shape[1] * shape[2], 1, MAX_NEURONS)
            shapes.append(shape)
        return tuple(shapes)

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Signals at the input and after each layer."""
        signals = [coded(self.coding, self.steps)]
        for index, layer in enumerate(self.layers):
            try:
                signals.append(layer.output_signal(signals[-1], self.steps))
            except ValueError as error:
                raise ValueError(f"layer {index}: {error}") from None
        return tuple(signals)

    @property
    def input_bounds(self) -> tuple[int, ...]:
        """Bound of ``|n(t)|`` of each layer that has weights: see `input_bound`."""
        signals = self.signals
        return tuple(input_bound(layer, signals[index], signals[layer.shortcut.source] if layer.shortcut else None)
                     for index, layer in enumerate(self.layers) if isinstance(layer, Synaptic))

    @property
    def classes(self) -> int:
        """Number of outputs."""
        return len(self.class_names)

    @property
    def weights(self) -> int:
        """Number of weights, all layers, feedback included."""
        return sum(part.weights.size for layer in self.synaptic for part in (layer, layer.feedback) if part is not None)

    @property
    def synaptic(self) -> tuple[Synaptic, ...]:
        """The layers that have weights, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, Synaptic))
