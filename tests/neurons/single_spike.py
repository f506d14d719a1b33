"""Neurons that fire once."""

import math

from amaranth.hdl import Const, Signal, signed
from hypothesis import strategies as st

from quant import Ramp, SingleSpike, Step
from quant.dataflow import cores
from quant.description.neurons import LIMIT
from tests.neurons.kind import TESTS, Life, NeuronTests, Own


@st.composite
def strategy(draw, channels, input_bound, steps, psps):
    """Neurons: in most layers they fire at any tick or never; in some all fire at once, or numbers are extreme."""
    psp = draw(psps)
    peak = input_bound * psp.gain(steps)
    usual = st.integers(1, 1 + math.isqrt(input_bound) * psp.gain(steps) // 2)
    wide = st.integers(-peak - 1, peak + 1)
    extreme = st.sampled_from([-LIMIT, -peak, 0, peak, peak + 1, LIMIT])
    threshold = draw(st.sampled_from([usual] * 6 + [wide, extreme]))
    currents = [st.just(0)] * 4 + [st.integers(-1, 1)] * 3 + [st.sampled_from([-2**20, 0, 2**24 + 1])]
    bias = draw(st.sampled_from(currents))
    return SingleSpike(psp=psp, threshold=draw(st.lists(threshold, min_size=channels, max_size=channels)),
                       bias=draw(st.lists(bias, min_size=channels, max_size=channels)))


def gain(neurons: SingleSpike, age: int) -> int:
    """Amount that a spike has added to V when it is ``age`` ticks old."""
    psp = neurons.psp
    if isinstance(psp, Step):
        return 1
    return age + 1 if psp.length is None else min(age + 1, psp.length)


def life(neurons: SingleSpike, n: list[Signal], own: Own) -> Life:
    """V as a sum over all earlier spikes."""
    after = []
    for tick in range(len(n)):
        v = sum((n[at] * gain(neurons, tick - at) for at in range(tick + 1)), Const(0, signed(2)))
        v = v + (tick + 1) * own(neurons.bias)
        after.append((v, v >= own(neurons.threshold)))
    return after


def _core(kind, psp, *, threshold: int = 1, bias: int = 0, steps: int = 3, groups: int = 1, ticks: int = 1):
    return kind(bit_planes=steps, channels=1, groups=groups, ticks=ticks, input_bound=2, neurons=SingleSpike(
        threshold=[threshold - group for group in range(groups)], bias=[bias] * groups, psp=psp))


EXAMPLES = {
    "serial neurons, two groups": _core(cores.SerialNeurons, Step(), steps=2, groups=2),
    "serial neurons, ramp, partial ticks": _core(cores.SerialNeurons, Ramp(), ticks=2, threshold=2),
    "serial neurons, ramp that ends, bias": _core(cores.SerialNeurons, Ramp(length=2), ticks=3, bias=1, threshold=3),
    "serial neurons, one tick": _core(cores.SerialNeurons, Step(), steps=1),
    "unrolled neurons, two groups": _core(cores.UnrolledNeurons, Step(), steps=2, groups=2, ticks=2),
    "unrolled neurons, ramp that ends, bias": _core(cores.UnrolledNeurons, Ramp(length=2), ticks=3, bias=-1,
                                                       threshold=1),
    "unrolled neurons, one tick": _core(cores.UnrolledNeurons, Step(), steps=1),
    "output neurons, two groups": _core(cores.OutputNeurons, Step(), steps=2, groups=2),
    "output neurons, ramp, partial ticks": _core(cores.OutputNeurons, Ramp(), ticks=2, threshold=2),
    "output neurons, ramp that ends, bias": _core(cores.OutputNeurons, Ramp(length=2), bias=1, threshold=3),
}
TESTS[SingleSpike.kind] = NeuronTests(strategy, life, EXAMPLES)
