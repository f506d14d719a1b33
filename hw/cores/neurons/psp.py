"""Kernels in gates: what one tick adds to V, and the state that a kernel keeps besides V."""

from collections.abc import Sequence

from amaranth.hdl import Shape, Value, signed

from quant import SingleSpike
from quant.dataflow.cores import NeuronCore
from quant.description.psp import Psp, Ramp, Step


def _step(psp: Step, n: Value, state: Sequence[Value]) -> tuple[Value, list[Value]]:
    return n, []


def _ramp(psp: Ramp, n: Value, state: Sequence[Value]) -> tuple[Value, list[Value]]:
    slope, *history = state
    grown = slope + n - history[-1] if history else slope + n
    return grown, [grown, *([n, *history[:-1]] if history else [])]


_KERNELS = {Step.kind: _step, Ramp.kind: _ramp}


def state_shapes(core: NeuronCore) -> list[Shape]:
    """Shapes of a neuron's state besides V: nothing, the slope S, or S and the last ``length`` values of n(t)."""
    psp = _psp(core)
    if isinstance(psp, Step):
        return []
    history = psp.length if psp.length is not None and psp.length < core.steps else 0
    return [signed(core.sum_width)] * (1 + history)


def advance(core: NeuronCore, n: Value, state: Sequence[Value]) -> tuple[Value, list[Value]]:
    """Amount that a tick with sum ``n`` adds to V, and the state after it."""
    psp = _psp(core)
    return _KERNELS[psp.kind](psp, n, state)


def _psp(core: NeuronCore) -> Psp:
    assert isinstance(core.neurons, SingleSpike)
    return core.neurons.psp
