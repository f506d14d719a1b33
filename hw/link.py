"""The exchange between host and accelerator over two byte streams, as on a UART.

The host sends an image: exactly ``channels * height * width`` pixel bytes in the order row, column, channel. The device
answers with ``4 + 4 * classes`` bytes, little endian::

    class index          2 bytes, unsigned
    decision tick        2 bytes, unsigned; ``steps`` if no output fired
    potential, a class   4 bytes, signed; in the order of the classes

Answers keep the order of the images. Images may follow each other without a gap where the accelerator keeps up with
the link; since nothing holds the host back, and here wait the bytes of one image only, the host else sends the next
image after the answer. A pause inside an image drops what there is of it, so that a lost byte costs one image and not
all that follow. After an overrun bytes are ignored up to such a pause. Nothing guards against an altered byte.
"""

from amaranth.hdl import Cat, Module, ResetInserter, Signal, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out

from .stream import counter, pipe

PAUSE_SECONDS = 0.25
HEADER_BYTES = 4
POTENTIAL_BYTES = 4


def answer_bytes(classes: int) -> int:
    """Length of an answer."""
    return HEADER_BYTES + POTENTIAL_BYTES * classes


class Answer(wiring.Component):
    """A result to the bytes of its answer; the result is taken with its last byte.

    Parameters
    ----------
    layout : StructLayout
        Of ``hw.stream.result_layout``.

    Members
    -------
    i : ``In(stream.Signature(layout))``
    o : ``Out(stream.Signature(unsigned(8)))``

    Raises
    ------
    ValueError
        A potential does not fit 32 bits, or there are more than 65,536 classes or ticks.
    """

    def __init__(self, layout):
        self.classes = layout["potentials"].shape.length
        width = layout["potentials"].shape.elem_shape.width
        if width > 8 * POTENTIAL_BYTES:
            raise ValueError(f"Potentials must fit {8 * POTENTIAL_BYTES} bits on the link, not {width}")
        for name in ("class_index", "tick"):
            if layout[name].width > 16:
                raise ValueError(f"{name} must fit 16 bits on the link, not {layout[name].width}")
        super().__init__({"i": In(stream.Signature(layout)), "o": Out(stream.Signature(unsigned(8)))})

    def elaborate(self, platform):
        m = Module()
        at, last = counter(m, "at", answer_bytes(self.classes), self.o.valid & self.o.ready)
        word = Signal(signed(8 * POTENTIAL_BYTES))
        half = Signal(16)
        m.d.comb += [
            half.eq(self.i.p.class_index),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready & last),
            self.o.payload.eq(word.as_unsigned().word_select(at[:2], 8)),
        ]
        with m.Switch(at[2:]):
            with m.Case(0):
                m.d.comb += word.eq(Cat(half, self.i.p.tick))
            for index in range(self.classes):
                with m.Case(index + 1):
                    m.d.comb += word.eq(self.i.p.potentials[index])
        return m


class Link(wiring.Component):
    """An accelerator between two byte streams; see the module for what goes over them.

    Parameters
    ----------
    core : Component
        The accelerator: pixels on ``i``, results on ``o``. It becomes a submodule.
    pixels : int
        Bytes of an image, at least 1.
    pause_cycles : int
        Clock cycles without a byte after which an unfinished image is dropped, together with all that the accelerator
        holds; an answer on its way is finished first.

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``
        ``ready`` is always 1: a UART cannot wait.
    o : ``Out(stream.Signature(unsigned(8)))``
    class_index : ``Out(range(classes))``
        Class of the last answer.
    """

    def __init__(self, core, *, pixels, pause_cycles):
        self.core, self.pixels, self.pause_cycles = core, pixels, pause_cycles
        self.layout = core.o.signature.members["payload"].shape
        super().__init__({"i": In(stream.Signature(unsigned(8))), "o": Out(stream.Signature(unsigned(8))),
                          "class_index": Out(self.layout["class_index"].shape)})

    def elaborate(self, platform):
        m = Module()
        drop = Signal()
        waiting = SyncFIFOBuffered(width=8, depth=self.pixels)
        m.submodules.waiting = ResetInserter(drop)(waiting)
        m.submodules.core = ResetInserter(drop)(self.core)
        m.submodules.answer = answer = Answer(self.layout)
        wiring.connect(m, waiting.r_stream, self.core.i)
        pipe(m, self.core.o, answer.i)
        pipe(m, answer.o, wiring.flipped(self.o))

        lost = Signal()
        accept = Signal()
        m.d.comb += [self.i.ready.eq(1), waiting.w_data.eq(self.i.payload), waiting.w_en.eq(self.i.valid & ~lost),
                     accept.eq(waiting.w_en & waiting.w_rdy)]
        at, _ = counter(m, "at", self.pixels, accept)
        with m.If(waiting.w_en & ~waiting.w_rdy):
            m.d.sync += lost.eq(1)

        idle = Signal(range(self.pause_cycles + 1))
        with m.If(self.i.valid | ((at == 0) & ~lost)):
            m.d.sync += idle.eq(0)
        with m.Elif(idle != self.pause_cycles):
            m.d.sync += idle.eq(idle + 1)
        with m.Elif(~answer.i.valid):
            m.d.comb += drop.eq(1)
            m.d.sync += [at.eq(0), lost.eq(0), idle.eq(0)]

        with m.If(answer.i.valid):
            m.d.sync += self.class_index.eq(answer.i.p.class_index)
        return m
