"""Neurons from their definition: V is a sum over all earlier spikes, without any state."""

from amaranth.hdl import Array, Assert, Assume, Const, Module, Mux, Signal, Value, signed

from hw.accelerator import component
from quant import Step, cores
from tests.formal.engine import reach
from tests.formal.follow import Groups
from tests.formal.promises import promise
from tests.formal.stream import Promise


def gain(core: cores.NeuronCore, age: int) -> int:
    """What a spike has added to V when it is ``age`` ticks old."""
    psp = core.neurons.psp
    if isinstance(psp, Step):
        return 1
    return age + 1 if psp.length is None else min(age + 1, psp.length)


class _Neurons(Groups):
    """One arbitrary channel group; n(t) is arbitrary but for what synapses can give: the sum of ``|n(t)|`` over all
    ticks is at most ``fan_in``, since each of so many inputs spikes at most once. The `Assert` in each narrowing of the
    core is among the claims, so no membrane leaves its width.
    """

    def __init__(self, core: cores.NeuronCore, promise: Promise) -> None:
        outputs = isinstance(core, cores.OutputNeurons)
        #: (channel group, tick group) of each input word
        self.order = ([(group, ticks) for ticks in range(core.tick_groups) for group in range(core.groups)] if outputs
                      else [(group, ticks) for group in range(core.groups) for ticks in range(core.tick_groups)])
        members = [[at for at, (of, _) in enumerate(self.order) if of == group] for group in range(core.groups)]
        super().__init__(component(core), promise, members)

    def sums(self, m: Module) -> tuple[list[list[Signal]], Value]:
        """n(t) of the chosen group, for each channel and tick, as the words come in; which group it is."""
        core: cores.NeuronCore = self.described
        belongs, _, picked = self.collect(m)
        known = []
        for channel in range(core.channels):
            n = [Signal(signed(core.sum_width), name=f"n_{channel}_{tick}") for tick in range(core.steps)]
            for at, (group, ticks) in enumerate(self.order):
                word = [self.dut.i.payload[channel][tick] for tick in range(core.ticks_in(ticks))]
                with m.If(self.took & (self.taken == at)):
                    with m.If(belongs):
                        m.d.sync += [n[ticks * core.ticks + tick].eq(value) for tick, value in enumerate(word)]
                    self._budget(m, f"used_{channel}_{group}", word, ticks == 0)
            known.append(n)
        return known, picked

    def _budget(self, m: Module, name: str, word: list[Value], first: bool) -> None:
        core: cores.NeuronCore = self.described
        self.used = getattr(self, "used", {})
        used = self.used.setdefault(name, Signal(range(core.fan_in + 1), name=name))
        total = (0 if first else used) + sum((Mux(value < 0, -value, value) for value in word), Const(0, 1))
        m.d.comb += Assume(total <= core.fan_in)
        m.d.sync += used.eq(total)

    def potential(self, n: list[Signal], tick: int, channel: int, group: Value) -> tuple[Value, Value]:
        """V after a tick, and whether it is at the threshold or above, both as the description has them."""
        core: cores.NeuronCore = self.described
        v = sum((n[at] * gain(core, tick - at) for at in range(tick + 1)), Const(0, signed(2)))
        bias, threshold = (Array(Const(value, signed(33)) for value in values[channel::core.channels])[group]
                           for values in (core.neurons.bias, core.neurons.threshold))
        v = v + (tick + 1) * bias
        return v, v >= threshold


class SpikeTimes(_Neurons):
    """A hidden neuron's output is the first tick with V >= threshold, or ``steps``."""

    def __init__(self, core: cores.SerialNeurons | cores.UnrolledNeurons) -> None:
        one = promise(core)
        super().__init__(core, Promise([at // core.tick_groups for at in range(core.tick_groups * core.groups)],
                                       core.groups, late=one.late, wait=one.wait))

    def claims(self, m: Module) -> None:
        """The spike time is the first crossing."""
        core: cores.NeuronCore = self.described
        known, picked = self.sums(m)
        for channel, n in enumerate(known):
            time: Value = Const(core.steps)
            for tick in reversed(range(core.steps)):
                time = Mux(self.potential(n, tick, channel, picked)[1], tick, time)
            with m.If(self.answers):
                m.d.comb += Assert(self.dut.o.payload[channel] == time)
        reach(m, fires=self.answers & (time == core.steps - 1), never=self.answers & (time == core.steps),
              stall=self.stalled)


class Potentials(_Neurons):
    """An output neuron's words are V after each tick and V >= threshold."""

    def __init__(self, core: cores.OutputNeurons) -> None:
        super().__init__(core, promise(core))

    def claims(self, m: Module) -> None:
        """V is as defined."""
        core: cores.OutputNeurons = self.described
        known, picked = self.sums(m)
        shown: Value = Const(0)
        for tick in range(core.steps):
            here = Signal(name=f"here_{tick}")
            m.d.comb += here.eq(self.shows & (self.given == tick * core.groups + picked))
            for channel, n in enumerate(known):
                v, fired = self.potential(n, tick, channel, picked)
                with m.If(here):
                    m.d.comb += [Assert(self.dut.o.payload[channel].potential == v),
                                 Assert(self.dut.o.payload[channel].fired == fired)]
        shown = here & self.dut.o.payload[0].fired
        reach(m, fires=shown, silent=here & ~self.dut.o.payload[0].fired, stall=self.stalled)
