"""Board end of the serial link, between two byte streams; `docs/protocol.md` describes the protocol."""

from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow.parts import gatherers
from quant.description.signal import Signal
from quant.description.spike_coding import Binary, Times

from ..cores.streams.stream import pipe
from ..cores.windows.pack import Pack
from .frames import Deframer, Framer
from .request_handler import RequestHandler
from .request_queue import RequestQueue


class SerialEndpoint(wiring.Component):
    """Accelerator that is used by requests and responses over a byte stream in each direction.

    Parameters
    ----------
    core : Component
        The accelerator: values of pixels by the code of the serial link on ``i``, results on ``o``. It becomes a
        submodule.
    contents : quant.serial_link.contents.Contents
        Identity and test vectors of the accelerator's network and folding.

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``
        A byte is taken within 9 cycles in any state: a UART, of 40 cycles a byte or more, cannot wait.
    o : ``Out(stream.Signature(unsigned(8)))``
    class_index : ``Out(range(classes))``
        Class of the last result.
    """

    def __init__(self, core, contents):
        self.core, self.contents = core, contents
        self.layout = core.o.signature.members["payload"].shape
        self.handler = RequestHandler(contents, self.layout, list(core.memories.values()))
        super().__init__({"i": In(stream.Signature(unsigned(8))), "o": Out(stream.Signature(unsigned(8))),
                          "class_index": Out(self.layout["class_index"].shape)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = self.core
        m.submodules.deframer = deframer = Deframer()
        m.submodules.inbox = queue = RequestQueue(pixels=self.contents.pixels, coding=self.contents.coding,
                                                  slots=self.contents.identity.slots, stored=bool(self.contents.stored),
                                                  reload=bool(self.contents.identity.layout))
        m.submodules.server = handler = self.handler
        m.submodules.framer = framer = Framer()
        pipe(m, wiring.flipped(self.i), deframer.i)
        pipe(m, deframer.o, queue.i)
        self._feed(m, handler)
        pipe(m, core.o, handler.results)
        pipe(m, handler.o, framer.i)
        pipe(m, framer.o, wiring.flipped(self.o))
        if self.contents.identity.layout:
            wiring.connect(m, handler.load, core.load)
        m.d.comb += [handler.waiting.eq(queue.waiting), queue.at.eq(handler.at), queue.enable.eq(handler.enable),
                     handler.data.eq(queue.data), queue.release.eq(handler.release)]
        with m.If(core.o.valid):
            m.d.sync += self.class_index.eq(core.o.p.class_index)
        return m

    def _feed(self, m, handler):
        """Connect the values of images to the core, which takes one in a word, or several."""
        core, coding = self.core, self.contents.coding
        signal = Signal(Times, coding.ticks) if coding.ticks else Signal(Binary, coding.width)
        source = handler.values
        for each in gatherers(signal, self.contents.lanes):
            m.submodules.gather = pack = Pack(each)
            pipe(m, source, pack.i)
            source = pack.o
        if handler.words_stored is None:
            pipe(m, source, core.i)
            return
        with m.If(handler.words.valid):
            wiring.connect(m, handler.words, core.i)
        with m.Else():
            wiring.connect(m, source, core.i)
