"""Neurons that fire once, behind all of their input."""

from dataclasses import replace

from amaranth.hdl import Const, Signal
from hypothesis import strategies as st

from quant import Latency
from quant.dataflow import cores
from quant.description.spike_coding import TicksLeft
from tests.neurons import phase
from tests.neurons.kind import TESTS, Life, NeuronTests, Own


@st.composite
def strategy(draw, channels, input_bound, steps, psps):
    """Latency neurons; ``input_bound`` is the largest |n|."""
    like = draw(phase.strategy(channels, input_bound, TicksLeft.planes(steps), psps))
    return Latency(threshold=like.threshold, bias=like.bias, fraction=like.fraction)


def life(neurons: Latency, n: list[Signal], own: Own) -> Life:
    """Digits of the number of ticks in which V is at the threshold or above, which falls tick by tick; V untold."""
    v, steps = n[0] * 2**neurons.fraction + own(neurons.bias), 2**len(n) - 1
    left = sum((v >= own(neurons.threshold) * (steps - tick) for tick in range(steps)), Const(0, 1))
    return [(v, left[place]) for place in reversed(range(len(n)))]


def _like(core: cores.NeuronCore) -> cores.NeuronCore:
    """A core of phase neurons, with latency neurons."""
    like = core.neurons
    return replace(core, spike_coding=TicksLeft, neurons=Latency(
        threshold=like.threshold, bias=like.bias, fraction=like.fraction))


EXAMPLES = {name.replace("phase", "latency"): _like(core) for name, core in phase.EXAMPLES.items()}
TESTS[Latency.kind] = NeuronTests(strategy, life, EXAMPLES)
