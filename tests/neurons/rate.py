"""Neurons that are reset by each spike."""

import math

from amaranth.hdl import Const, Mux, Signal, Value, signed
from hypothesis import strategies as st

from quant import Rate
from quant.dataflow import cores
from quant.description.neurons import LIMIT, RESETS
from quant.description.spike_coding import Trains
from tests.neurons.kind import TESTS, Life, NeuronTests


@st.composite
def strategy(draw, channels, input_bound, steps, psps):
    """Rate neurons of any kind; ``input_bound`` is the largest |n(t)|."""
    fraction = draw(st.sampled_from([0, 0, 1, 4, 8]))
    usual = st.integers(1, 1 + (2 * math.isqrt(input_bound) << fraction))
    wide, extreme = st.integers(1, (input_bound << fraction) + 1), st.sampled_from([1, LIMIT])
    threshold = draw(st.sampled_from([usual] * 6 + [wide, extreme]))
    small = st.integers(-1 << fraction, 1 << fraction)
    currents = [st.just(0)] * 4 + [small] * 3 + [st.sampled_from([-2**20, 0, 2**24])]
    bias = draw(st.sampled_from(currents))
    return Rate(threshold=draw(st.lists(threshold, min_size=channels, max_size=channels)),
                bias=draw(st.lists(bias, min_size=channels, max_size=channels)), fraction=fraction,
                reset=draw(st.sampled_from(RESETS)), leak=draw(st.sampled_from([None, None, 1, 2, 5])))


def life(neurons: Rate, n: list[Signal], bias: Value, threshold: Value) -> Life:
    """V as it is reset by each spike."""
    after, v = [], Const(0, signed(2))
    for now in n:
        v, fires = rate_tick(neurons, v, now, bias, threshold)
        after.append((v, fires))
    return after


def rate_tick(neurons: Rate, v: Value, now: Value, bias: Value | int, threshold: Value | int) -> tuple[Value, Value]:
    """V after a tick, and whether it came to the threshold or above."""
    full = v + now * 2**neurons.fraction + bias
    fires = full >= threshold
    v = Mux(fires, full - threshold if neurons.reset == "subtract" else 0, full)
    return v - v // 2**neurons.leak if neurons.leak is not None else v, fires


def _core(kind, *, threshold: int = 2, steps: int = 3, groups: int = 1, ticks: int = 1, input_bound: int = 2, **rate):
    neurons = Rate(threshold=[threshold + group for group in range(groups)], **rate)
    return kind(bit_planes=steps, spike_coding=Trains, channels=1, groups=groups, ticks=ticks, input_bound=input_bound,
                neurons=neurons)


EXAMPLES = {
    "serial rate neurons, two groups": _core(cores.SerialNeurons, steps=2, groups=2),
    "serial rate neurons, leak, fraction, partial ticks": _core(cores.SerialNeurons, ticks=2, leak=1, fraction=1,
                                                                 bias=[1], threshold=3),
    "serial rate neurons, reset to zero, numbers": _core(cores.SerialNeurons, reset="zero", bias=[-1], input_bound=6),
    "unrolled rate neurons, leak": _core(cores.UnrolledNeurons, ticks=3, leak=2),
    "output rate neurons, two groups": _core(cores.OutputNeurons, steps=2, groups=2, reset="zero"),
    "output rate neurons, leak": _core(cores.OutputNeurons, leak=1, bias=[1], fraction=1),
}
TESTS[Rate.kind] = NeuronTests(strategy, life, EXAMPLES)
