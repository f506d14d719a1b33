"""What a board that takes other networks has besides: the loader, and what it knows of a load."""

from amaranth.hdl import Mux, Signal

from quant.serial_link.contents import PAYLOAD
from quant.serial_link.protocol import DIGEST_AT, NO_NETWORK, Error, Request

from ..cores.store import Store, write
from ..names import flags
from .loader import Loader
from .request_queue import REFUSED

MASKED = (Request.CLASSIFY, Request.SELF_TEST, Request.COUNT)  # refused while there is no valid network


class Loading:
    """Logic of a load within a `hw.serial_link.request_handler.RequestHandler`.

    Blocks must come in their order. The first one begins a load, and from then on there is no valid network until the
    CRC over all was right; a block that came before is answered and passed over.

    Parameters
    ----------
    contents : quant.serial_link.contents.Contents
    memories : sequence of Memory
        Of the core.

    Attributes
    ----------
    asked : Signal
        The request is a LOAD.
    begin : Signal
        Begin a load.
    done : Signal
        The last byte of a block is taken.
    """

    def __init__(self, contents, memories):
        self.own, self.last = contents.memories, contents.place - 1
        self.memories = [*self.own, *memories]
        self.block = Signal(16)
        self.asked, self.begin, self.done, self.valid = flags("asked begin done valid")

    def connect(self, m, handler, verdict, wrong, vector):
        """Add the loader to a handler; return what it reads in place of constants.

        These are the verdict on a request, the byte of the identity, the second number of a response, and class and
        tick of a test vector.
        """
        m.submodules.loader = self.loader = loader = Loader(self.memories)
        self.reader, response = handler.reader, handler.response
        whole = Signal(init=1, reset_less=True)  # memories are not reset either
        with m.If(self.begin):
            m.d.sync += whole.eq(0)
        with m.Elif(loader.whole):
            m.d.sync += whole.eq(1)
        m.d.comb += [self.asked.eq(verdict == Request.LOAD), self.valid.eq(whole | loader.whole),
                     loader.clear.eq(self.begin), loader.i.payload.eq(self.reader.byte), response.block.eq(self.block)]
        m.d.comb += write(loader.load, 0, self.own[0], self.reader.write)
        load = handler.load
        m.d.comb += [load.enable.eq(loader.load.enable >> len(self.own)), load.address.eq(loader.load.address),
                     load.data.eq(loader.load.data[len(loader.load.data) - len(load.data):])]
        blocked = ~self.valid & self.reader.byte[:4].matches(*MASKED)
        start = PAYLOAD + DIGEST_AT
        hidden = ~self.valid & (response.at >= start) & (response.at < start + len(NO_NETWORK))
        return (Mux(blocked, REFUSED | Error.NETWORK, self.reader.byte), Mux(hidden, 0, self.reader.rom),
                Mux(self.asked, self.valid, wrong), *self._due(m, handler, vector))

    def _due(self, m, handler, vector):
        """Class and tick of a test vector, from a memory."""
        if len(self.own) == 1:
            return 0, 0
        m.submodules.due = due = Store(self.own[1])
        m.d.comb += [*write(self.loader.load, 1, self.own[1], due.write), due.address.eq(vector), due.enable.eq(1)]
        bits = len(handler.results.p.class_index)
        return due.data[:bits], due.data[bits:]

    def take(self, m, due):
        """Add the transfer of a byte of block ``due``, in the state in which blocks are taken."""
        reader, loader = self.reader, self.loader
        fresh = (due == 0) | (due == self.block)
        moves = Signal()
        m.d.comb += [loader.i.valid.eq(reader.loaded & fresh), moves.eq(reader.loaded & (loader.i.ready | ~fresh)),
                     reader.step.eq(moves), self.done.eq(moves & (reader.at == self.last))]
        with m.If(self.done & fresh):
            m.d.sync += self.block.eq(due + 1)
