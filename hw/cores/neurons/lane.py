"""One neuron's tick: how it integrates, is compared, and goes on. Pure expressions, shared by every neuron core."""

from typing import Any

from amaranth.hdl import Array, Const, Mux, Signal, Value, signed

from quant import Phase, Rate, SingleSpike
from quant.dataflow.cores import NeuronCore

from ..widths import guard
from .psp import advance, state_shapes


def constants(core: NeuronCore, values: tuple[int, ...], channel: int, group: Value) -> Value:
    """The integer of ``channel`` in the group being computed."""
    own = [Const(value, signed(core.membrane_width)) for value in values[channel::core.channels]]
    return own[0] if len(set(values[channel::core.channels])) == 1 else Array(own)[group]


class Lane:
    """State of one neuron between ticks, all zero before tick 0: V, and what its kind keeps besides.

    Parameters
    ----------
    core : quant.dataflow.cores.NeuronCore
    name : str
        Prefix of its signals.
    """

    assignment: Any
    guards: list[Any]

    def __init__(self, core: NeuronCore, name: str) -> None:
        self.core = core
        self.potential = Signal(signed(core.membrane_width), name=f"{name}_potential")
        self.state: list[Signal] = []

    @property
    def registers(self) -> list[Signal]:
        """All of the state."""
        return [self.potential, *self.state]

    def tick(self, n: Value, channel: int, group: Value, tick: Value | int) -> tuple[list[Value], Value]:
        """State after a tick with sum ``n`` (V first), and whether V came to the threshold or above.

        ``assignment`` is then due in the combinational domain, and ``guards`` where the tick counts.
        """
        raise NotImplementedError

    def biased(self, grown: Value, channel: int, group: Value) -> Value:
        """With the bias, if there is one."""
        if any(self.core.neurons.bias):
            return grown + constants(self.core, self.core.neurons.bias, channel, group)
        return grown


class SingleSpikeLane(Lane):
    """Of a neuron that fires once; what comes after is of no account."""

    def __init__(self, core: NeuronCore, name: str) -> None:
        super().__init__(core, name)
        self.state = [Signal(shape, name=f"{name}_state{i}") for i, shape in enumerate(state_shapes(core))]

    def tick(self, n: Value, channel: int, group: Value, tick: Value | int) -> tuple[list[Value], Value]:
        """As `Lane.tick`."""
        core = self.core
        added, state = advance(core, n, self.state)
        grown = self.biased(self.potential + added, channel, group)
        potential = Signal(signed(core.membrane_width), name=f"{self.potential.name}_next")
        self.assignment = potential.eq(grown)
        self.guards = [check for target, value in zip(self.registers, [grown, *state], strict=True)
                       for check in guard(target, value)]
        return [potential, *state], potential >= constants(core, core.thresholds, channel, group)


class RateLane(Lane):
    """Of a neuron that is reset after each spike."""

    def tick(self, n: Value, channel: int, group: Value, tick: Value | int) -> tuple[list[Value], Value]:
        """As `Lane.tick`."""
        core, kind = self.core, self.core.neurons
        assert isinstance(kind, Rate)
        grown = self.biased(self.potential + (n << kind.fraction), channel, group)
        full = Signal(signed(core.membrane_width), name=f"{self.potential.name}_full")
        threshold = constants(core, core.thresholds, channel, group)
        fires = full >= threshold
        left = Mux(fires, 0 if kind.reset == "zero" else full - threshold, full)
        after = left if kind.leak is None else left - (left >> kind.leak)
        self.assignment = full.eq(grown)
        self.guards = [*guard(full, grown), *guard(self.potential, after)]
        return [after], fires


class PhaseLane(Lane):
    """Of a neuron that fires the digits of a number: ``n`` counts in tick 0, and what is compared halves every tick.

    What V is compared with is a table of all ticks, in which all that V cannot reach is one more than its maximum.
    """

    def tick(self, n: Value, channel: int, group: Value, tick: Value | int) -> tuple[list[Value], Value]:
        """As `Lane.tick`."""
        core = self.core
        assert isinstance(core.neurons, Phase)
        level = Signal(signed(core.membrane_width), name=f"{self.potential.name}_level")
        grown = Mux(tick == 0, self.biased(n << core.neurons.fraction, channel, group), self.potential)
        full = Signal(signed(core.membrane_width), name=f"{self.potential.name}_full")
        fires = full >= level
        self.assignment = [full.eq(grown), level.eq(self._levels(channel, group, tick))]
        self.guards = guard(full, grown)
        return [(full - Mux(fires, level, 0))[:core.membrane_width].as_signed()], fires

    def _levels(self, channel: int, group: Value, tick: Value | int) -> Value:
        core = self.core
        most = core.neurons.potential_range(core.input_bound, core.steps)[1]
        tables = [constants(core, tuple(min(threshold << core.steps - 1 - at, most + 1)
                                        for threshold in core.neurons.threshold), channel, group)
                  for at in range(core.steps)]
        return tables[tick] if isinstance(tick, int) else Array(tables)[tick]


_LANES: dict[str, type[Lane]] = {SingleSpike.kind: SingleSpikeLane, Rate.kind: RateLane, Phase.kind: PhaseLane}


def neuron(core: NeuronCore, name: str) -> Lane:
    """State of one neuron of the core's kind; ``name`` is the prefix of its signals."""
    return _LANES[core.neurons.kind](core, name)
