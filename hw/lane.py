"""One neuron's tick: kernel, bias, comparator. Pure expressions, shared by every neuron core."""

from amaranth.hdl import Array, Const, Signal, Value, signed

from quant.cores import NeuronCore

from .psp import advance, state_shapes
from .widths import guard


def constants(core: NeuronCore, values: tuple[int, ...], channel: int, group: Value) -> Value:
    """The integer of ``channel`` in the group being computed."""
    own = [Const(value, signed(core.membrane_width)) for value in values[channel::core.channels]]
    return own[0] if len(set(values[channel::core.channels])) == 1 else Array(own)[group]


class Lane:
    """State of one neuron between ticks, all zero before tick 0: the kernel's, and V.

    Parameters
    ----------
    core : quant.cores.NeuronCore
    name : str
        Prefix of its signals.
    """

    def __init__(self, core: NeuronCore, name: str) -> None:
        self.core = core
        self.potential = Signal(signed(core.membrane_width), name=f"{name}_potential")
        self.state = [Signal(shape, name=f"{name}_state{i}") for i, shape in enumerate(state_shapes(core))]

    @property
    def registers(self) -> list[Signal]:
        """All of the state."""
        return [self.potential, *self.state]

    def tick(self, n: Value, channel: int, group: Value) -> tuple[list[Value], Value]:
        """State after a tick with sum ``n`` (V first), and whether V is then at the threshold or above.

        ``assignment`` is then due in the combinational domain, and ``guards`` where the tick counts.
        """
        core = self.core
        added, state = advance(core, n, self.state)
        grown = self.potential + added
        if any(core.neurons.bias):
            grown = grown + constants(core, core.neurons.bias, channel, group)
        potential = Signal(signed(core.membrane_width), name=f"{self.potential.name}_next")
        self.assignment = potential.eq(grown)
        self.guards = [check for target, value in zip(self.registers, [grown, *state], strict=True)
                       for check in guard(target, value)]
        return [potential, *state], potential >= constants(core, core.thresholds, channel, group)
