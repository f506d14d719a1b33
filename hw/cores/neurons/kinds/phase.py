"""Neurons that fire the binary digits of a number, in gates."""

from amaranth.hdl import Array, Mux, Signal, Value, signed

from quant.dataflow.cores import NeuronCore
from quant.description.neurons import Collecting, Phase

from ...widths import guard
from ..lane import LANES, Ahead, Group, Lane, constant_luts, constants, each_group


class PhaseLane(Lane):
    """Lane of a neuron that fires a number's digits: ``n`` counts in tick 0, and what is compared halves every tick.

    What V is compared with is a table of all ticks, in which all that V cannot reach is one more than its maximum.
    """

    @staticmethod
    def membrane_adders(core: NeuronCore) -> int:
        """As of `Lane`: that of the reset too."""
        return Lane.membrane_adders(core) + (core.steps > 1)

    @staticmethod
    def table_luts(core: NeuronCore) -> float:
        """As of `Lane`: of what V is compared with in each tick."""
        levels = core.membrane_width * core.channels * core.groups * core.steps / 16
        return (levels if core.steps > 1 else 0) + constant_luts(core, core.neurons.bias)

    @staticmethod
    def loaded_luts(core: NeuronCore) -> float:
        """As of `Lane`: of the shifter and its limit too."""
        stages = (core.steps - 1).bit_length() + 1
        return Lane.loaded_luts(core) + stages * core.membrane_width * core.channels

    def tick(self, n: Value, channel: int, group: Group, tick: Value | int) -> tuple[list[Value], Value]:
        """As `Lane.tick`."""
        core = self.core
        assert isinstance(core.neurons, Collecting)
        level = Signal(signed(core.membrane_width), name=f"{self.potential.name}_level")
        grown = Mux(tick == 0, self.biased(n << core.neurons.fraction, channel, group), self.potential)
        full = Signal(signed(core.membrane_width), name=f"{self.potential.name}_full")
        fires = full >= level
        self.assignment = [full.eq(grown), level.eq(self._levels(channel, group, tick))]
        self.guards = guard(full, grown)
        return [(full - Mux(fires, level, 0))[:core.membrane_width].as_signed()], fires

    def _levels(self, channel: int, group: Group, tick: Value | int) -> Value:
        core = self.core
        most = core.neurons.potential_range(core.input_bound, core.steps)[1]
        if self.loaded is not None:
            halvings = core.steps - 1 - tick
            raised = self.threshold(channel, group) << (
                halvings if isinstance(halvings, int) else halvings[:max(1, (core.steps - 1).bit_length())])
            return Mux(raised > most, most + 1, raised)
        levels = [tuple(min(threshold << core.steps - 1 - at, most + 1) for threshold in core.neurons.threshold)
                  for at in range(core.steps)]
        if isinstance(group, Ahead):
            return group.of_ticks([each_group(core, values, channel) for values in levels])
        tables = [constants(core, values, channel, group) for values in levels]
        return tables[tick] if isinstance(tick, int) else Array(tables)[tick]


LANES[Phase.kind] = PhaseLane
