"""Recurrent neurons with their loop, as one core."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.accelerator import component, row
from quant.dataflow.chain import Node, every


class Looped(wiring.Component):
    """The core of a node, its loop, and the streams that are left: ``i`` and ``o``."""

    def __init__(self, node: Node) -> None:
        self.node, self.core = node, node.core
        self.components = {each.name: component(each.core) for each in every([node])}
        neurons = self.components[node.name]
        super().__init__({"i": In(neurons.i.signature.flip()), "o": Out(neurons.o.signature)})

    def elaborate(self, platform):
        m = Module()
        wiring.connect(m, row(m, [self.node], self.components, wiring.flipped(self.i)), wiring.flipped(self.o))
        return m
