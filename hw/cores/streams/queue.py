"""Words that wait: pixels for their network, a row for its window."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .ring import Ring
from .stream import lanes_layout, outside_layout, pipe


class Queue(wiring.Component):
    """A `Ring` of words, from which each comes two cycles after its transfer at the earliest.

    Parameters
    ----------
    core : quant.dataflow.cores.Queue

    Members
    -------
    i, o : streams of ``lanes_layout(core, lanes)``; of ``outside_layout(8, lanes)`` for pixels
    """

    def __init__(self, core: cores.Queue) -> None:
        self.core = core
        words = stream.Signature(outside_layout(8, core.lanes) if core.pixels else lanes_layout(core, core.lanes))
        super().__init__({"i": In(words), "o": Out(words)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.ring = ring = Ring(self.signature.members["i"].signature.members["payload"].shape, self.core.depth)
        pipe(m, wiring.flipped(self.i), ring.i)
        pipe(m, ring.o, wiring.flipped(self.o))
        return m
