"""Neurons that are reset by each spike."""

import math

from amaranth.hdl import Const, Mux, Signal, Value, signed
from hypothesis import strategies as st

from quant import Rate
from quant.dataflow import cores
from quant.description.neurons import LIMIT, RESETS
from quant.description.spike_coding import Trains
from tests.neurons.kind import TESTS, Life, NeuronTests, Own

AMOUNTS = (None, None, None, lambda threshold: threshold - 1, lambda threshold: threshold // 2, lambda threshold: 0)


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
    thresholds = draw(st.lists(threshold, min_size=channels, max_size=channels))
    reset, leak = draw(st.sampled_from(RESETS)), draw(st.sampled_from([None, None, None, 0, 1, 2, 5]))
    more = {}
    if reset == "subtract":
        amount = draw(st.sampled_from(AMOUNTS))
        more["amount"] = None if amount is None else [amount(each) for each in thresholds]
        more["variant"] = draw(st.sampled_from([None, None, "held" if leak is None else "leak_first"]))
        if more["amount"] and not any(more["amount"]):
            thresholds = [each - draw(st.sampled_from([0, input_bound << fraction])) for each in thresholds]
    return Rate(threshold=thresholds, bias=draw(st.lists(bias, min_size=channels, max_size=channels)),
                fraction=fraction, reset=reset, leak=leak, **more)


def life(neurons: Rate, n: list[Signal], own: Own) -> Life:
    """V as it is reset by each spike."""
    after, v = [], Const(0, signed(2))
    for now in n:
        v, fires = rate_tick(neurons, v, now, own)
        after.append((v, fires))
    return after


def rate_tick(neurons: Rate, v: Value, now: Value, own: Own) -> tuple[Value, Value]:
    """V after a tick, and whether the neuron fires."""
    threshold, amount = own(neurons.threshold), own(neurons.taken)
    full = v + now * 2**neurons.fraction + own(neurons.bias)
    fires = full >= threshold
    if neurons.variant == "held":
        fires = Mux(v < threshold, fires, full >= threshold + amount)
    lost = Mux(fires, amount if neurons.reset == "subtract" else full, 0)
    leaking = full if neurons.variant == "leak_first" else full - lost
    return full - lost - (leaking // 2**neurons.leak if neurons.leak is not None else 0), fires


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
    "serial rate neurons, two amounts": _core(cores.SerialNeurons, steps=2, groups=2, amount=[1, 3], threshold=3),
    "serial rate neurons, leak first": _core(cores.SerialNeurons, leak=1, variant="leak_first", amount=[1],
                                             input_bound=5),
    "unrolled rate neurons, held": _core(cores.UnrolledNeurons, ticks=3, variant="held", amount=[1], input_bound=5),
    "output rate neurons, no reset, threshold below zero": _core(cores.OutputNeurons, amount=[0], threshold=-1, leak=0),
}
TESTS[Rate.kind] = NeuronTests(strategy, life, EXAMPLES)
