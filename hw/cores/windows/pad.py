"""Padding: a border of pixels that never spike."""

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from ..streams.stream import counter, lanes_layout


class Pad(wiring.Component):
    """Surrounds each map by ``padding`` rows, and its rows by ``left`` and ``right`` pixels, of never; one cycle later.

    Parameters
    ----------
    core : quant.dataflow.cores.Pad

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
        ``height * width * words`` words a map.
    o : ``Out(stream.Signature(lanes_layout(core, lanes)))``
        ``(height + 2 * padding) * (left + width + right) * words`` words a map.
    """

    def __init__(self, core: cores.Pad) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(lanes_layout(core, core.lanes))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes)))})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        free, inside = flags("free inside")
        step = free & (self.i.valid | ~inside)
        _, word_last = counter(m, "word", core.words, step)
        x, x_last = counter(m, "x", core.row, step & word_last)
        y, y_last = counter(m, "y", core.height + 2 * core.padding, step & word_last & x_last)
        across = _within(m, "across", x, x_last, core.left, core.width, step & word_last)
        down = _within(m, "down", y, y_last, core.padding, core.height, step & word_last & x_last)
        m.d.comb += [
            free.eq(~self.o.valid | self.o.ready), inside.eq(across & down), self.i.ready.eq(free & inside),
        ]
        with m.If(free):
            m.d.sync += self.o.valid.eq(step)
        with m.If(step):
            for lane in range(core.lanes):
                m.d.sync += self.o.payload[lane].eq(core.silent)
            with m.If(inside):
                m.d.sync += self.o.payload.eq(self.i.payload)
        return m


def _within(m: Module, name: str, at: Value, last: Value, start: int, length: int, step: Value) -> Signal:
    """Register: whether a counter that goes on with ``step`` is at one of ``length`` places from ``start`` on."""
    within = Signal(name=name, init=start == 0)
    begun = at >= start - 1 if start > 1 else Const(1, 1)
    with m.If(step):
        m.d.sync += within.eq(Mux(last, start == 0, begun & (at < start + length - 1)))
    return within
