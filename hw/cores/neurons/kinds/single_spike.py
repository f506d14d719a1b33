"""Neurons that fire once, in gates."""

from amaranth.hdl import Shape, Signal, Value, signed

from quant.dataflow.cores import NeuronCore
from quant.description.neurons import SingleSpike

from ...widths import guard
from ..lane import LANES, Group, Lane, Tick
from ..psp import advance, state_shapes


class SingleSpikeLane(Lane):
    """Lane of a neuron that fires once; what comes after is of no account."""

    early = False

    @staticmethod
    def state_shapes(core: NeuronCore) -> list[Shape]:
        """As of `Lane`: what the kernel keeps."""
        return state_shapes(core)

    @staticmethod
    def sum_adders(core: NeuronCore) -> int:
        """As of `Lane`: S + n, and less the n that ends now."""
        return min(len(state_shapes(core)), 2) if core.steps > 1 else 0

    @staticmethod
    def compared_bits(core: NeuronCore) -> int:
        """As of `Lane`: V."""
        return core.membrane_width

    def tick(self, n: Value, channel: int, group: Group, tick: Tick) -> tuple[list[Value], Value]:
        """As `Lane.tick`."""
        core = self.core
        added, state = advance(core, n, self.state, tick.begun)
        grown = self.biased(tick.begun(added, self.potential + added), channel, group)
        potential = Signal(signed(core.membrane_width), name=f"{self.potential.name}_next")
        self.assignment = potential.eq(grown)
        self.guards = [check for target, value in zip(self.registers, [grown, *state], strict=True)
                       for check in guard(target, value)]
        return [potential, *state], potential

    def fires(self, compared: Value, channel: int, group: Group) -> Value:
        """As `Lane.fires`."""
        return compared >= self.threshold(channel, group)


LANES[SingleSpike.kind] = SingleSpikeLane
