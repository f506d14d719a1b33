"""Neurons that are reset by each spike, in gates."""

from amaranth.hdl import Const, Mux, Signal, Value, signed

from quant.dataflow.cores import NeuronCore
from quant.description.neurons import Rate

from ...widths import guard
from ..lane import LANES, Group, Lane, Tick, constant_luts, constants


class RateLane(Lane):
    """Lane of a neuron that is reset after each spike."""

    @staticmethod
    def membrane_adders(core: NeuronCore) -> int:
        """As of `Lane`: those of the reset, of the leak and of what is held back too."""
        assert isinstance(core.neurons, Rate)
        kind = core.neurons
        more = (kind.reset == "subtract" and any(kind.taken)) + (kind.leak is not None) + 2 * (kind.variant == "held")
        return Lane.membrane_adders(core) + (core.steps > 1) * more

    @staticmethod
    def table_luts(core: NeuronCore) -> float:
        """As of `Lane`: of the amounts too."""
        assert isinstance(core.neurons, Rate)
        return Lane.table_luts(core) + (constant_luts(core, core.neurons.amount) if core.neurons.amount else 0)

    def tick(self, n: Value, channel: int, group: Group, tick: Tick) -> tuple[list[Value], Value]:
        """As `Lane.tick`."""
        core, kind = self.core, self.core.neurons
        assert isinstance(kind, Rate)
        before = tick.begun(Const(0), self.potential)
        grown = self.biased(before + (n << kind.fraction), channel, group)
        full = Signal(signed(core.membrane_width), name=f"{self.potential.name}_full")
        threshold = self.threshold(channel, group)
        amount = threshold if kind.amount is None else self._amount(kind, channel, group)
        held = Mux(before >= threshold, amount, 0) if kind.variant == "held" else 0
        fires = full - held >= threshold if kind.variant == "held" else full >= threshold
        left = Mux(fires, 0 if kind.reset == "zero" else full - amount, full)
        after = left if kind.leak is None else left - ((full if kind.variant == "leak_first" else left) >> kind.leak)
        self.assignment = full.eq(grown)
        self.guards = [*guard(full, grown), *guard(self.potential, after)]
        return [after], fires

    def _amount(self, kind: Rate, channel: int, group: Group) -> Value:
        """Amount of a channel."""
        if self.loaded is not None:
            return self.loaded[1][channel]
        return constants(self.core, kind.effective_amount(self.core.input_bound, self.core.steps), channel, group)


LANES[Rate.kind] = RateLane
