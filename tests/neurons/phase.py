"""Neurons that fire the binary digits of a number."""

from amaranth.hdl import Mux, Signal
from hypothesis import strategies as st

from quant import Phase
from quant.dataflow import cores
from quant.description.neurons import LIMIT
from quant.description.spike_coding import Binary
from tests.neurons.kind import TESTS, Life, NeuronTests, Own


@st.composite
def strategy(draw, channels, input_bound, steps, psps):
    """Phase neurons; ``input_bound`` is the largest |n|."""
    fraction = draw(st.sampled_from([0, 0, 1, 4, 8]))
    usual = st.integers(1, 1 + (2 * input_bound << fraction >> steps))
    threshold = draw(st.sampled_from([usual] * 6 + [st.integers(1, input_bound + 1), st.sampled_from([1, LIMIT])]))
    bias = draw(st.sampled_from([st.just(0), st.integers(-input_bound, input_bound), st.sampled_from([-2**20, 0,
                                                                                                      2**24])]))
    return Phase(threshold=draw(st.lists(threshold, min_size=channels, max_size=channels)), fraction=fraction,
                 bias=draw(st.lists(bias, min_size=channels, max_size=channels)))


def life(neurons: Phase, n: list[Signal], own: Own) -> Life:
    """V as what is left of the first sum by the multiples of the threshold that it holds."""
    threshold = own(neurons.threshold)
    after, v = [], n[0] * 2**neurons.fraction + own(neurons.bias)
    for place in reversed(range(len(n))):
        fires = v >= threshold * 2**place
        v = v - Mux(fires, threshold * 2**place, 0)
        after.append((v, fires))
    return after


def _core(kind, *, threshold: int = 2, steps: int = 3, groups: int = 1, ticks: int = 1, input_bound: int = 12,
            bias: int = 0, fraction: int = 0):
    return kind(bit_planes=steps, spike_coding=Binary, channels=1, groups=groups, ticks=ticks, input_bound=input_bound,
                neurons=Phase(
        threshold=[threshold + group for group in range(groups)], bias=[bias] * groups, fraction=fraction))


EXAMPLES = {
    "serial phase neurons, two groups": _core(cores.SerialNeurons, groups=2, steps=2),
    "serial phase neurons, bias, partial ticks": _core(cores.SerialNeurons, ticks=2, bias=-1, threshold=1),
    "unrolled phase neurons": _core(cores.UnrolledNeurons, ticks=3, bias=2, fraction=1),
}
TESTS[Phase.kind] = NeuronTests(strategy, life, EXAMPLES)
