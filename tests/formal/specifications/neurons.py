"""Specification of neurons from their definition: V is a function of all earlier sums, without any state."""

from amaranth.hdl import Array, Assert, Assume, Cat, Const, Module, Mux, Signal, Value, signed

from hw.accelerator import component
from quant.dataflow import cores
from quant.description.spike_coding import Times
from tests.formal.engine import reach
from tests.formal.promises import promise
from tests.formal.specifications.follow import Groups
from tests.formal.specifications.stream import Promise
from tests.neurons import TESTS, Life


class _Neurons(Groups):
    """One arbitrary channel group; n(t) is arbitrary but for what synapses can give. Neurons that take spike times:
    what n(t) of one sign add up to over all ticks is at most ``input_bound``, since each input spikes at most once;
    else each ``|n(t)|`` is at most ``input_bound``. The `Assert` in each narrowing of the core is among the claims, so
    no membrane leaves its width.
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
        if core.spike_coding is not Times:
            m.d.comb += [Assume((value <= core.input_bound) & (value >= -core.input_bound)) for value in word]
            return
        self.used = getattr(self, "used", {})
        for kind, parts in (("up", [Mux(value > 0, value, 0) for value in word]),
                            ("down", [Mux(value < 0, -value, 0) for value in word])):
            used = self.used.setdefault(f"{name}_{kind}", Signal(range(core.input_bound + 1), name=f"{name}_{kind}"))
            total = (0 if first else used) + sum(parts, Const(0, 1))
            m.d.comb += Assume(total <= core.input_bound)
            m.d.sync += used.eq(total)

    def life(self, n: list[Signal], channel: int, group: Value) -> Life:
        """V after each tick and its threshold crossings, of a neuron as described."""
        core: cores.NeuronCore = self.described

        def own(values: tuple[int, ...]) -> Value:
            return Array(Const(value, signed(33)) for value in values[channel::core.channels])[group]
        return TESTS[core.neurons.kind].life(core.neurons, n, own)


class Spikes(_Neurons):
    """A hidden neuron's output is the first tick with V >= threshold, or ``steps``; or the train of all such ticks."""

    def __init__(self, core: cores.SerialNeurons | cores.UnrolledNeurons) -> None:
        one = promise(core)
        super().__init__(core, Promise([at // core.tick_groups for at in range(core.tick_groups * core.groups)],
                                       core.groups, late=one.late, wait=one.wait))

    def claims(self, m: Module) -> None:
        """The spikes are the crossings."""
        core: cores.NeuronCore = self.described
        known, picked = self.sums(m)
        for channel, n in enumerate(known):
            fires = [crosses for _, crosses in self.life(n, channel, picked)]
            time: Value = Const(core.steps)
            for tick in reversed(range(core.steps)):
                time = Mux(fires[tick], tick, time)
            with m.If(self.answers):
                bits = Cat(reversed(fires)) if core.spike_coding.numeric else Cat(fires)
                m.d.comb += Assert(self.dut.o.payload[channel] == (time if core.spike_coding is Times else bits))
        reach(m, fires=self.answers & (time == core.steps - 1), never=self.answers & (time == core.steps),
              stall=self.stalled)


class Potentials(_Neurons):
    """An output neuron's words are V after each tick, and whether it came to the threshold or above."""

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
                v, fired = self.life(n, channel, picked)[tick]
                with m.If(here):
                    m.d.comb += [Assert(self.dut.o.payload[channel].potential == v),
                                 Assert(self.dut.o.payload[channel].fired == fired)]
        shown = here & self.dut.o.payload[0].fired
        reach(m, fires=shown, silent=here & ~self.dut.o.payload[0].fired, stall=self.stalled)
