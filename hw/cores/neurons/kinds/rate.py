"""Neurons that are reset by each spike, in gates."""

from amaranth.hdl import Mux, Signal, Value, signed

from quant.dataflow.cores import NeuronCore
from quant.description.neurons import Rate

from ...widths import guard
from ..lane import LANES, Lane, constants


class RateLane(Lane):
    """Lane of a neuron that is reset after each spike."""

    @staticmethod
    def membrane_adders(core: NeuronCore) -> int:
        """As of `Lane`: those of the reset and of the leak too."""
        assert isinstance(core.neurons, Rate)
        more = (core.neurons.reset == "subtract") + (core.neurons.leak is not None)
        return Lane.membrane_adders(core) + (core.steps > 1) * more

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


LANES[Rate.kind] = RateLane
