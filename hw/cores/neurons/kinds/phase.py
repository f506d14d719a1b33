"""Neurons that fire the binary digits of a number, in gates."""

from amaranth.hdl import Array, Cat, Const, Mux, Signal, Value, signed

from quant.dataflow.cores import NeuronCore
from quant.description.neurons import Collecting, Phase

from ...widths import guard
from ..lane import LANES, Ahead, Group, Lane, Loaded, constant_luts


class PhaseLane(Lane):
    """Lane of a neuron that fires a number's digits, by division without restoring; ``n`` counts in tick 0.

    The level of a tick is what V is compared with in it; all that V cannot reach is one more than its maximum. The
    state is V less the level, whose sign is the spike. In the next tick it loses that tick's level; where it is
    negative, it first gets back the level that it has lost. Either way one number is added or taken away, the
    difference of the two levels: what can be reached is twice the next.
    """

    def __init__(self, core: NeuronCore, name: str, loaded: Loaded | None = None) -> None:
        super().__init__(core, name, loaded)
        self.potential = Signal(signed(core.membrane_width + 1), name=f"{name}_potential")

    @staticmethod
    def membrane_adders(core: NeuronCore) -> int:
        """As of `Lane`: one, and what makes it add or take away."""
        return 1 + (core.steps > 1)

    @staticmethod
    def table_luts(core: NeuronCore) -> float:
        """As of `Lane`: of what is added or taken away in each tick."""
        amounts = core.membrane_width * core.channels * core.groups * core.steps / 16
        return amounts if core.steps > 1 else 0

    @staticmethod
    def loaded_luts(core: NeuronCore) -> float:
        """As of `Lane`: of two shifters, their limits and their difference too."""
        stages = (core.steps - 1).bit_length() + 1
        return constant_luts(core, core.neurons.bias) + (2 * stages + 1) * core.membrane_width * core.channels

    @property
    def _most(self) -> int:
        return self.core.neurons.potential_range(self.core.input_bound, self.core.steps)[1]

    def tick(self, n: Value, channel: int, group: Group, tick: Value | int) -> tuple[list[Value], Value]:
        """As `Lane.tick`; compared is the sign."""
        core = self.core
        assert isinstance(core.neurons, Collecting)
        less = Signal.like(self.potential, name=f"{self.potential.name}_less")
        takes = Signal(name=f"{self.potential.name}_takes")
        amount = self._amount(channel, group, tick)
        before = self.begun(tick, n << core.neurons.fraction, self.potential)
        # The lowest bit is the carry of -x = ~x + 1
        grown = (Cat(takes, before).as_signed() + Cat(takes, Mux(takes, ~amount, amount)).as_signed()) >> 1
        self.assignment = [takes.eq((tick != 0) & ~self.potential[-1]), less.eq(grown)]
        self.guards = guard(less, grown)
        return [less], less[-1]

    def fires(self, compared: Value, channel: int, group: Group) -> Value:
        """As `Lane.fires`."""
        return ~compared

    def _amount(self, channel: int, group: Group, tick: Value | int) -> Value:
        """Number that a tick adds to what is negative, or in tick 0 to V, and else takes away."""
        if self.loaded is not None:
            return self._loaded_amount(channel, group, tick)
        core, shape = self.core, self.potential.shape()
        levels = [[min(threshold << core.steps - 1 - at, self._most + 1) for threshold in core.neurons.threshold]
                  for at in range(core.steps)]
        tables = [[Const(before - level, shape) for before, level in zip(*rows, strict=True)][channel::core.channels]
                  for rows in zip([core.neurons.bias, *levels], levels, strict=False)]
        if isinstance(group, Ahead):
            return group.of_ticks(tables)
        rows = [Array(row)[group] for row in tables]
        return rows[tick] if isinstance(tick, int) else Array(rows)[tick]

    def _loaded_amount(self, channel: int, group: Group, tick: Value | int) -> Value:
        core = self.core
        level, before = (self._level(channel, group, core.steps - 1 - tick, more) for more in range(2))
        amount = self.begun(tick, self.biased(Const(0), channel, group), before) - level
        return amount[:len(self.potential)].as_signed()

    def _level(self, channel: int, group: Group, halvings: Value | int, more: int) -> Value:
        """Level of the tick that is so many before the last, or the one before it."""
        if not isinstance(halvings, int):
            halvings = halvings[:max(1, (self.core.steps - 1).bit_length())]
        raised = self.threshold(channel, group) << halvings << more
        return Mux(raised > self._most, self._most + 1, raised)


LANES[Phase.kind] = PhaseLane
