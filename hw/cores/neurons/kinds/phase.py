"""Neurons that fire the binary digits of a number, in gates."""

from amaranth.hdl import Cat, Const, Mux, Shape, Signal, Value

from quant.dataflow.cores import NeuronCore
from quant.description.neurons import Collecting, Phase

from ...widths import guard
from ..lane import LANES, Ahead, Group, Lane, Tick, constant_luts, constants, one_of


class PhaseLane(Lane):
    """Lane of a neuron that fires a number's digits, by division without restoring; ``n`` counts in tick 0.

    The state is V less its level in the tick, ``threshold << steps - 1 - tick``, and its sign is the spike. In the next
    tick it loses the level of that; where it is negative, it first gets back the level that it has lost, which is twice
    as much. So one number is taken away, or added.
    """

    @staticmethod
    def potential_bits(core: NeuronCore, loaded: bool) -> int:
        """As of `Lane`: of V less the level in tick 0."""
        low, high = core.neurons.potential_range(core.input_bound, core.steps)
        level = (high + 1 if loaded else max(core.thresholds)) << core.steps - 1
        return max(high.bit_length(), (level - low - 1).bit_length()) + 1

    @staticmethod
    def membrane_adders(core: NeuronCore) -> int:
        """As of `Lane`: one, and what makes it add or take away."""
        return 1 + (core.steps > 1)

    @staticmethod
    def table_bits(core: NeuronCore) -> int:
        """As of `Lane`: what is added or taken away."""
        return _amounts(core, 0, 1)[0].shape().width if core.steps > 1 else 0

    @staticmethod
    def table_luts(core: NeuronCore) -> float:
        """As of `Lane`: of what is added in tick 0, of thresholds, and the choice between them and half a level."""
        bits, threshold = PhaseLane.table_bits(core), max(core.thresholds).bit_length()
        entry = 0 if core.groups == 1 else max(1.0, core.groups / 7 if core.groups > 16 else 1)  # measured
        return core.channels * (2 * bits + entry * (bits + threshold))

    @staticmethod
    def loaded_luts(core: NeuronCore) -> float:
        """As of `Lane`: of a bias, from which the level is taken in tick 0, too."""
        return constant_luts(core, core.neurons.bias) + 2 * (core.membrane_width + core.steps) * core.channels

    def tick(self, n: Value, channel: int, group: Group, tick: Tick) -> tuple[list[Value], Value]:
        """As `Lane.tick`; compared is the sign."""
        core = self.core
        assert isinstance(core.neurons, Collecting)
        less = Signal.like(self.potential, name=f"{self.potential.name}_less")
        takes = Signal(name=f"{self.potential.name}_takes")
        amount = self._amount(channel, group, tick)
        before = tick.begun(n << core.neurons.fraction, self.potential)
        # The lowest bit is the carry of -x = ~x + 1
        grown = (Cat(takes, before).as_signed() + Cat(takes, Mux(takes, ~amount, amount)).as_signed()) >> 1
        self.assignment = [takes.eq(tick.later & ~self.potential[-1]), less.eq(grown)]
        self.guards = guard(less, grown)
        return [less], less[-1]

    def fires(self, compared: Value, channel: int, group: Group) -> Value:
        """As `Lane.fires`."""
        return ~compared

    def _amount(self, channel: int, group: Group, tick: Tick) -> Value:
        """Number that is added in tick 0, the bias less the level; and in a later one its level."""
        core = self.core
        if self.loaded is not None:
            return self._loaded_amount(channel, group, tick)
        starts = _amounts(core, channel, core.channels)
        if isinstance(group, Ahead):
            assert group.ticks is not None
            return self._halves(group, starts[0], one_of([*starts[1:], starts[0]], group.ticks.group),
                                constants(core, core.thresholds, channel, group.ticks.group))
        assert isinstance(tick.number, int)
        return tick.begun(one_of(starts, group),
                          constants(core, core.thresholds, channel, group) << core.steps - 1 - tick.number)

    def _loaded_amount(self, channel: int, group: Group, tick: Tick) -> Value:
        core, zero = self.core, Const(0, self.potential.shape())
        threshold = self.threshold(channel, group)
        start = self.biased(zero, channel, group) - (threshold << core.steps - 1)
        if isinstance(group, Ahead):
            return tick.begun(start, self._halves(group, zero, zero, threshold))[:len(zero)].as_signed()
        assert isinstance(tick.number, int)
        return tick.begun(start, threshold << core.steps - 1 - tick.number)

    def _halves(self, ahead: Ahead, start: Const, following: Value, threshold: Value) -> Value:
        """Register that in tick 0 is ``start``, and then what was ``following`` in the tick before; later a level."""
        assert ahead.ticks is not None
        ticks, amount = ahead.ticks, Signal(start.shape(), name="amount", init=start.value)
        with ahead.m.If(ticks.step):
            ahead.m.d.sync += amount.eq(Mux(ticks.last, following, Mux(
                ticks.first, threshold << self.core.steps >> 2, amount >> 1)))
        return amount


def _amounts(core: NeuronCore, first: int, step: int) -> list[Const]:
    """What tick 0 adds, the bias less the level, of each ``step``-th channel; they have room for every later level."""
    own = range(first, len(core.thresholds), step)
    values = [core.neurons.bias[at] - (core.thresholds[at] << core.steps - 1) for at in own]
    later = max(core.thresholds[at] for at in own) << core.steps >> 2
    shape = Shape.cast(range(min(-1, *values), max(later, *values) + 1))
    return [Const(value, shape) for value in values]


LANES[Phase.kind] = PhaseLane
