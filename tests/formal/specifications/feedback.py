# amaranth: UnusedElaboratable=no
"""Specification of recurrent neurons and their loop, from the definition of feedback."""

from operator import itemgetter

from amaranth.hdl import Assert, Assume, Cat, Const, Module, Signal, Value, signed

from quant.dataflow import cores
from quant.dataflow.chain import Node
from tests.formal.engine import reach
from tests.formal.specifications.follow import Groups
from tests.formal.specifications.stream import Promise
from tests.helpers.cores.enclosing import Enclosing
from tests.neurons.rate import rate_tick


def promise(node: Node) -> Promise:
    """A map is given once it is whole; the bounds hold for the smallest maps and loops."""
    core = node.core
    assert isinstance(core, cores.RecurrentNeurons)
    turn = 12 * core.steps
    return Promise([0] * core.places, core.places, late=turn, wait=turn)


def weights(node: Node) -> list[list[int]]:
    """Weights of the loop of a dense layer, by neuron and by source; its synapses are all at once."""
    synapses = node.enclosed[-1].core
    assert isinstance(synapses, cores.Synapses)
    return [[synapses.weight(word, channel, lane) for lane in range(synapses.lanes)]
            for word in synapses.rom for channel in range(synapses.channels)]


class Turning(Groups):
    """Spike trains of an arbitrary map: those of neurons that get each other's spikes one tick late.

    Inputs are arbitrary but for ``|n_input| <= before``. The `Assert` in each narrowing of the cores is among the
    claims, and so is that of the ring, that it has room for every spike.
    """

    def __init__(self, node: Node) -> None:
        places = node.core.places  # type: ignore[attr-defined]
        self.weights = weights(node)
        super().__init__(Enclosing(node), promise(node), [list(range(places))] * places)

    def trains(self, n: list[Signal]) -> list[list[Value]]:
        """Spikes of each neuron in each tick, for n_input of each."""
        core: cores.RecurrentNeurons = self.described
        fired: list[Value] = [Const(0)] * len(n)
        potentials: list[Value] = [Const(0, signed(2))] * len(n)
        trains: list[list[Value]] = [[] for _ in n]
        for _ in range(core.steps):
            returned = [sum((weight * spike for weight, spike in zip(row, fired, strict=True)), Const(0, signed(2)))
                        for row in self.weights]
            after = [rate_tick(core.neurons, v, now + m * 2**core.shift, itemgetter(index)) for index, (v, now, m)
                     in enumerate(zip(potentials, n, returned, strict=True))]
            potentials, fired = ([one[part] for one in after] for part in (0, 1))
            for train, spike in zip(trains, fired, strict=True):
                train.append(spike)
        return trains

    def claims(self, m: Module) -> None:
        """The output is as feedback is defined."""
        core: cores.RecurrentNeurons = self.described
        belongs, _, picked = self.collect(m)
        n = [Signal(signed(core.taken_width), name=f"n_{index}") for index in range(core.places * core.channels)]
        for channel in range(core.channels):
            value = self.dut.i.payload[channel][0]
            m.d.comb += Assume((value <= core.before) & (value >= -core.before))
            for place in range(core.places):
                with m.If(belongs & (self.taken == place)):
                    m.d.sync += n[place * core.channels + channel].eq(value)
        trains, some = self.trains(n), Signal(core.steps, name="some")
        for index, train in enumerate(trains):
            place, channel = divmod(index, core.channels)
            with m.If(self.answers & (picked == place)):
                m.d.comb += Assert(self.dut.o.payload[channel] == Cat(train))
        m.d.comb += some.eq(Cat(trains[-1]))
        reach(m, first=self.answers & some[0], later=self.answers & some[-1] & ~some[0], stall=self.stalled)
