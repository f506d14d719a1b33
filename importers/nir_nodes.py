"""Nodes of NIR in the intermediate form: a function for each kind."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from . import fold
from .form import Flatten, Layer, Neurons, Scale, Synapses, by_channel, finite, refuse, single
from .graph import Loop
from .pytorch.layers import convolution, pool


@dataclass
class Reading:
    """How nodes are read: ticks, comparator and reset; and what was assumed in reading them."""

    given: float | None
    usual: float
    strict: bool
    reset: str
    timing: str
    notes: list[str] = field(default_factory=list)

    @property
    def dt(self) -> float:
        """Seconds a tick."""
        return self.usual if self.given is None else self.given

    def loop(self, loop: Loop) -> list[Layer]:
        """Neurons with feedback."""
        name = loop.neurons.name
        kind = type(loop.neurons.node).__name__
        if kind not in ("LIF", "IF", "CubaLIF"):
            refuse(name, f"is a {kind} in a loop", "feed back LIF, IF or CubaLIF neurons")
        own, = NODES[kind](name, loop.neurons.node, self)
        back, = NODES[type(loop.weights.node).__name__](loop.weights.name, loop.weights.node, self)
        assert isinstance(own, Neurons)
        assert isinstance(back, Synapses)
        if loop.delay is not None and fold.snapped(single(loop.delay.name, "delay", loop.delay.node.delay)
                                                   / self.dt) not in (0, 1):
            refuse(loop.delay.name, "is a delay in a loop of more than one tick", "delay by dt")
        gain = own.gain
        return [replace(own, feedback=replace(back, weight=back.weight * gain, bias=back.bias * gain))]

    def neurons(self, name: str, threshold: Any, decay: float, gain: float, rest: float) -> list[Layer]:
        """Neurons of these properties."""
        if rest:
            self.notes.append(f"V of {name} begins at v_reset, {rest:.6g}")
        return [Neurons(name=name, threshold=by_channel(name, "v_threshold", threshold), decay=decay, gain=gain,
                        rest=rest, strict=self.strict, reset=self.reset, timing=self.timing)]


def linear(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Linear."""
    weight = finite(name, "weights", node.weight)
    if weight.ndim != 2:
        refuse(name, f"weights have {weight.ndim} axes", "use two, outputs and inputs")
    return [Synapses(name=name, kind="dense", weight=weight, bias=np.zeros(len(weight)))]


def affine(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Affine."""
    made, = linear(name, node, reading)
    assert isinstance(made, Synapses)
    return [replace(made, bias=finite(name, "bias", node.bias, (len(made.weight),)))]


def conv2d(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Conv2d."""
    weight = finite(name, "weights", node.weight)
    bias = finite(name, "bias", node.bias, weight.shape[:1])
    return [convolution(name, weight, bias, node.stride, _text(node.padding), node.dilation, int(node.groups))]


def conv1d(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Conv1d, as the middle row of a square kernel over a map of one row, whose other rows see silence alone."""
    weight = finite(name, "weights", node.weight)
    if weight.ndim != 3:
        refuse(name, f"weights have {weight.ndim} axes", "use three")
    size = weight.shape[2]
    square = np.repeat(weight[:, :, None], size, axis=2)
    made = convolution(name, square, finite(name, "bias", node.bias, weight.shape[:1]), node.stride,
                       _text(node.padding), node.dilation, int(node.groups))
    if size % 2 == 0 or made.padding != size // 2:
        refuse(name, f"is a Conv1d of kernel {size} with padding {made.padding}", "use an odd kernel and padding "
               "kernel // 2")
    reading.notes.append(f"{name}: its kernel is a row of {size} x {size}; the other rows see padding")
    return [made]


def _text(padding: Any) -> Any:
    return padding.decode() if isinstance(padding, bytes) else padding


def flatten(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Flatten of whole maps."""
    if int(node.start_dim) != 0 or int(node.end_dim) not in (-1, 1, 2):
        refuse(name, f"flattens from axis {int(node.start_dim)} to {int(node.end_dim)}",
               "flatten whole maps, from axis 0 (that of channels) to -1")
    return [Flatten(name=name)]


def sum_pool(name: str, node: Any, reading: Reading) -> list[Layer]:
    """SumPool2d."""
    return [pool(name, "sum", node.kernel_size, node.stride, node.padding)]


def average_pool(name: str, node: Any, reading: Reading) -> list[Layer]:
    """AvgPool2d."""
    return [pool(name, "average", node.kernel_size, node.stride, node.padding)]


def scale(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Scale by one number."""
    return [Scale(name=name, factor=single(name, "scale", node.scale))]


def delay(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Delay of nothing; one of a tick lies in a loop."""
    if single(name, "delay", node.delay) != 0:
        refuse(name, "delays what goes forward", "take it out: spikes arrive in the tick in which they are fired")
    return []


def threshold(name: str, node: Any, reading: Reading) -> list[Layer]:
    """Threshold: neurons that keep nothing from tick to tick."""
    return [Neurons(name=name, threshold=by_channel(name, "threshold", node.threshold), decay=0.0, reset="none",
                    strict=reading.strict)]


def integrate_and_fire(name: str, node: Any, reading: Reading) -> list[Layer]:
    """IF: V += dt r I."""
    resistance = single(name, "r", node.r)
    if reading.given is None and resistance == 1:
        refuse(name, f"has r = 1: at {reading.dt:g} s a tick V would rise by {reading.dt:g} of the input",
               "say what a tick is, as --dt 1 for V += input")
    rest = single(name, "v_reset", node.v_reset)
    return reading.neurons(name, node.v_threshold, 1.0, _gain(name, resistance * reading.dt), rest)


def leaky(name: str, node: Any, reading: Reading) -> list[Layer]:
    """LIF: V += dt / tau (v_leak - V + r I)."""
    rate = _rate(name, "tau", node.tau, reading)
    rest = _rest(name, node)
    return reading.neurons(name, node.v_threshold, fold.snapped(1 - rate),
                           _gain(name, single(name, "r", node.r) * rate), rest)


def current_based(name: str, node: Any, reading: Reading) -> list[Layer]:
    """CubaLIF whose current lasts one tick."""
    synaptic = _rate(name, "tau_syn", node.tau_syn, reading)
    if fold.snapped(synaptic) != 1:
        refuse(name, f"has a synaptic current that lasts: it keeps {1 - synaptic:.6g} in a tick",
               "use tau_syn = dt, or a LIF")
    rate = _rate(name, "tau_mem", node.tau_mem, reading)
    gain = single(name, "r", node.r) * rate * single(name, "w_in", node.w_in) * synaptic
    return reading.neurons(name, node.v_threshold, fold.snapped(1 - rate), _gain(name, gain), _rest(name, node))


def integrator(name: str, node: Any, reading: Reading) -> list[Layer]:
    """I, an output that adds up."""
    gain = single(name, "r", node.r) * reading.dt
    return [Neurons(name=name, threshold=np.array([np.inf]), gain=_gain(name, gain), reset="none")]


def _rate(name: str, what: str, tau: Any, reading: Reading) -> float:
    value = single(name, what, tau)
    if not value >= reading.dt * (1 - fold.TOLERANCE):
        refuse(name, f"{what} of {value:.6g} s is below a tick of {reading.dt:.6g} s", "say what a tick is (--dt)")
    return reading.dt / value


def _rest(name: str, node: Any) -> float:
    rest, leak = single(name, "v_reset", node.v_reset), single(name, "v_leak", node.v_leak)
    if rest != leak:
        refuse(name, f"leaks to {leak:.6g} and is reset to {rest:.6g}", "use one value for v_leak and v_reset")
    return rest


def _gain(name: str, value: float) -> float:
    if not value > 0:
        refuse(name, f"counts its input {value:.6g} times", "use a positive r")
    return fold.snapped(value)


NODES: dict[str, Callable[[str, Any, Reading], list[Layer]]] = {
    "Linear": linear, "Affine": affine, "Conv1d": conv1d, "Conv2d": conv2d, "Flatten": flatten, "SumPool2d": sum_pool,
    "AvgPool2d": average_pool, "Scale": scale, "Delay": delay, "Threshold": threshold, "IF": integrate_and_fire,
    "LIF": leaky, "CubaLIF": current_based, "I": integrator}
