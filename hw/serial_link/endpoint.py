"""The board's end of the serial protocol, between two byte streams; `docs/protocol.md` is what goes over them."""

from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..cores.streams.stream import pipe
from .frames import Deframer, Framer
from .request_handler import RequestHandler
from .request_queue import RequestQueue


class SerialEndpoint(wiring.Component):
    """An accelerator behind frames.

    Parameters
    ----------
    core : Component
        The accelerator: pixels on ``i``, results on ``o``. It becomes a submodule.
    contents : quant.serial_link.contents.Contents
        Of the accelerator's network and folding.

    Members
    -------
    i : ``In(stream.Signature(unsigned(8)))``
        A byte is taken within 9 cycles, whatever else goes on: a UART cannot wait.
    o : ``Out(stream.Signature(unsigned(8)))``
    class_index : ``Out(range(classes))``
        Class of the last result.
    """

    def __init__(self, core, contents):
        self.core, self.contents = core, contents
        self.layout = core.o.signature.members["payload"].shape
        self.server = RequestHandler(contents, self.layout)
        super().__init__({"i": In(stream.Signature(unsigned(8))), "o": Out(stream.Signature(unsigned(8))),
                          "class_index": Out(self.layout["class_index"].shape)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.core = core = self.core
        m.submodules.deframer = deframer = Deframer()
        m.submodules.inbox = inbox = RequestQueue(pixels=self.contents.pixels, slots=self.contents.identity.slots,
                                           stored=bool(self.contents.stored))
        m.submodules.server = server = self.server
        m.submodules.framer = framer = Framer()
        pipe(m, wiring.flipped(self.i), deframer.i)
        pipe(m, deframer.o, inbox.i)
        pipe(m, server.pixels, core.i)
        pipe(m, core.o, server.results)
        pipe(m, server.o, framer.i)
        pipe(m, framer.o, wiring.flipped(self.o))
        m.d.comb += [server.waiting.eq(inbox.waiting), inbox.at.eq(server.at), inbox.enable.eq(server.enable),
                     server.data.eq(inbox.data), inbox.release.eq(server.release)]
        with m.If(core.o.valid):
            m.d.sync += self.class_index.eq(core.o.p.class_index)
        return m
