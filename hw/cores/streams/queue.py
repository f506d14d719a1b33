"""Pixels that wait for their network."""

from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .ring import Ring
from .stream import pipe


class Queue(wiring.Component):
    """A `Ring` of words, from which each comes two cycles after its transfer at the earliest.

    Parameters
    ----------
    core : quant.dataflow.cores.Queue

    Members
    -------
    i, o : streams of ``unsigned(lane_width * lanes)``
    """

    def __init__(self, core: cores.Queue) -> None:
        self.core = core
        words = stream.Signature(unsigned(core.lane_width * core.lanes))
        super().__init__({"i": In(words), "o": Out(words)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.ring = ring = Ring(self.signature.members["i"].signature.members["payload"].shape, self.core.depth)
        pipe(m, wiring.flipped(self.i), ring.i)
        pipe(m, ring.o, wiring.flipped(self.o))
        return m
