"""Kernels in gates: what one tick adds to V, and the state that a kernel keeps besides V."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from amaranth.hdl import Const, Shape, Value, signed

from quant import SingleSpike
from quant.dataflow.cores import NeuronCore
from quant.description.psp import Psp, Ramp, Step
from quant.kinds import Kinds

Begun: TypeAlias = Callable[[Value, Value], Value]


def _step(psp: Step, n: Value, state: Sequence[Value], begun: Begun) -> tuple[Value, list[Value]]:
    return n, []


def _ramp(psp: Ramp, n: Value, state: Sequence[Value], begun: Begun) -> tuple[Value, list[Value]]:
    slope, *history = state
    grown = begun(n, slope + n - history[-1] if history else slope + n)
    return grown, [grown, *([n, *(begun(Const(0), value) for value in history[:-1])] if history else [])]


def _ramp_values(psp: Ramp, steps: int) -> int:
    return 1 + psp.length if psp.length is not None and psp.length < steps else 1


@dataclass(frozen=True)
class Kernel:
    """A kernel in gates.

    Parameters
    ----------
    values : callable
        Description and ticks to the number of values of the state.
    advance : callable
        Description, n(t), the state, and how to choose between a value in tick 0 and one later, to what is added to V,
        and the state after it.
    """

    values: Callable[[Any, int], int]
    advance: Callable[[Any, Value, Sequence[Value], Begun], tuple[Value, list[Value]]]


KERNELS: Kinds[Kernel] = Kinds("postsynaptic potentials with hardware")
KERNELS[Step.kind] = Kernel(lambda psp, steps: 0, _step)
KERNELS[Ramp.kind] = Kernel(_ramp_values, _ramp)


def state_shapes(core: NeuronCore) -> list[Shape]:
    """Shapes of a neuron's state besides V: nothing, the slope S, or S and the last ``length`` values of n(t)."""
    psp = _psp(core)
    return [signed(core.sum_width)] * KERNELS[psp.kind].values(psp, core.steps)


def advance(core: NeuronCore, n: Value, state: Sequence[Value], begun: Begun) -> tuple[Value, list[Value]]:
    """Amount that a tick with sum ``n`` adds to V, and the state after it; ``begun`` as of `Kernel`."""
    psp = _psp(core)
    return KERNELS[psp.kind].advance(psp, n, state, begun)


def _psp(core: NeuronCore) -> Psp:
    assert isinstance(core.neurons, SingleSpike)
    return core.neurons.psp
