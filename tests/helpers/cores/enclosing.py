"""A core with the cores that it encloses, as one."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.accelerator import component, row
from quant.dataflow.chain import Node, every
from quant.timing.simulation import run
from sim.cycle.payload import through
from sim.cycle.wires import bits
from tests.helpers.cores.bench import LIMIT, observe, pattern, payload_shape, raw


class Enclosing(wiring.Component):
    """The core of a node, what it encloses, and the streams that are left: ``i`` and ``o``."""

    def __init__(self, node: Node) -> None:
        self.node, self.core = node, node.core
        self.components = {each.name: component(each.core) for each in every([node])}
        core = self.components[node.name]
        super().__init__({"i": In(core.i.signature.flip()), "o": Out(core.o.signature)})

    def elaborate(self, platform):
        m = Module()
        wiring.connect(m, row(m, [self.node], self.components, wiring.flipped(self.i)), wiring.flipped(self.o))
        return m


def agree(node, words, *, seed=0, stall=0.0):
    """Compare every transfer's cycle and payload with the models."""
    source, sink = pattern(seed, stall), pattern(seed + 1, stall)
    outputs = through([node], words, {})
    times = run([node], words=len(words), outputs=len(outputs), source=source, sink=sink, limit=LIMIT)
    expected = list(zip(times.borders[node.name], [bits(node.core, word) for word in outputs], strict=True))
    dut = Enclosing(node)
    assert observe(dut, [raw(payload_shape(dut.i), word) for word in words], len(outputs), source, sink) == (
        times.inputs, expected)
