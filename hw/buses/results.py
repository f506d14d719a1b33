"""Results as frames of words of 32 bits."""

from amaranth.hdl import Array, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..cores.widths import narrow
from .frames import frame_layout

HALF, WORD = 16, 32
WORDS = frame_layout(WORD)
HEAD = data.StructLayout({"class_index": HALF, "tick": HALF})


class ResultWriter(wiring.Component):
    """Frame of each result: a word with class index (lower half) and tick (upper half), then each potential as one.

    Potentials are signed. The result stays with the core until its last word is taken.

    Parameters
    ----------
    layout : StructLayout
        Layout of a result, as of ``hw.cores.streams.stream.result_layout``.

    Members
    -------
    i : ``In(stream.Signature(layout))``
    o : ``Out(stream.Signature(WORDS))``

    Raises
    ------
    ValueError
        A class index needs more than 16 bits, or a potential more than 32.
    """

    def __init__(self, layout):
        potentials = layout["potentials"].shape
        classes, width = potentials.length, potentials.elem_shape.width
        if classes > 1 << HALF or width > WORD:
            raise ValueError(f"a bus takes at most {1 << HALF} classes and potentials of {WORD} bits, not {classes} of "
                             f"{width}")
        self.words = 1 + classes
        super().__init__({"i": In(stream.Signature(layout)), "o": Out(stream.Signature(WORDS))})

    def elaborate(self, platform):
        m = Module()
        at = Signal(range(self.words))
        head = Signal(HEAD)
        result = self.i.p
        m.d.comb += [
            head.class_index.eq(result.class_index), head.tick.eq(result.tick),
            self.o.p.data.eq(Array([head.as_value(), *result.potentials])[at]),
            self.o.p.last.eq(at == self.words - 1),
            self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready & self.o.p.last),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += narrow(at, Mux(self.o.p.last, 0, at + 1))
        return m
