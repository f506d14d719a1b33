"""Request queue: a ring buffer in block RAM that holds each request from the end of its frame until its response."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.serial_link.contents import FIRST_IMAGE, PAYLOAD, START, place_bytes
from quant.serial_link.protocol import CRC_BYTES, Error, Request

from ..cores.streams.stream import counter
from ..names import flags
from .frames import EVENT, Mark
from .image_count import ImageCount

REFUSED = 8  # bit of a verdict: the rest is a code of `quant.serial_link.protocol.Error`, not a kind of request


class RequestQueue(wiring.Component):
    """Queue of requests: takes the bytes of frames, checks each frame at its end, and keeps it until it is handled.

    There are ``slots`` places for requests, and one for an error when all are taken; a frame that comes when that is
    taken too is dropped. A place is assigned when a frame begins. A byte takes one cycle, the end of a frame two.

    Parameters
    ----------
    pixels : int
        Of an image.
    coding : quant.serial_link.coding.Coding
        Code of images.
    slots : int
    stored : bool
        True if the board stores test vectors.
    reload : bool
        True if the board takes other networks.

    Members
    -------
    i : ``In(stream.Signature(EVENT))``
    waiting : Out(1)
        A request waits.
    at : In
        Index of a byte: `START` is the verdict (a `Request`, or `REFUSED` and an `Error`), then come tag and payload.
    enable : In(1)
        Read: byte ``at`` of the oldest request is on ``data`` from the next cycle on.
    data : Out(8)
    release : In(1)
        The response to the oldest request is sent; its place is free.
    """

    def __init__(self, *, pixels, coding, slots, stored, reload=False):
        self.slots, self.stored, self.reload = slots, stored, reload
        self.images = ImageCount(pixels=pixels, coding=coding)
        self.place = place_bytes(pixels)
        super().__init__({"i": In(stream.Signature(EVENT)), "waiting": Out(1), "at": In(range(self.place)),
                          "enable": In(1), "data": Out(8), "release": In(1)})

    def elaborate(self, platform):
        m = Module()
        # Yosys then needs no logic for a read of what is just written: only bytes that nobody looks at are
        m.submodules.ring = ring = Memory(shape=8, depth=(self.slots + 1) * self.place, init=[],
                                          attrs={"no_rw_check": 1})
        write, read = ring.write_port(), ring.read_port(domain="comb")
        used = Signal(range(self.slots + 2))
        keeps, keeps_head = flags("keeps keeps_head")  # of the frame that comes in: all; its verdict and tag
        # judged: the verdict goes to its place
        comes, judged, adds, ends, closes, first = flags("comes judged adds ends closes first")
        at = Signal(range(self.end + 2), init=START)  # where a byte would go, also behind the payload
        verdict = Signal(4)
        head, _ = counter(m, "head", self.slots + 1, self.release)
        tail, _ = counter(m, "tail", self.slots + 1, adds)
        m.d.comb += [
            self.waiting.eq(used != 0), read.addr.eq(Cat(self.at, head)), adds.eq(judged & keeps_head),
            closes.eq((self.i.p.mark == Mark.WHOLE) | (self.i.p.mark == Mark.DAMAGED)),
            self.i.ready.eq(~judged), comes.eq(self.i.valid & ~judged), ends.eq(comes & closes), first.eq(at == START),
            write.addr.eq(Cat(at[:len(self.at)], tail)), write.data.eq(Mux(judged, verdict, self.i.p.data)),
            write.en.eq(adds | comes & ~first & Mux(at < PAYLOAD, keeps_head, keeps & (at < self.place))),
        ]
        with m.If(self.enable):
            m.d.sync += self.data.eq(read.data)
        m.d.sync += [judged.eq(ends), used.eq(used + adds - self.release)]
        with m.If(first):
            m.d.sync += [keeps.eq(used < self.slots), keeps_head.eq(used <= self.slots)]
        with m.If(comes):
            with m.If(self.i.p.mark != Mark.BYTE):
                m.d.sync += at.eq(START)
            with m.Elif(at != self.end + 1):
                m.d.sync += at.eq(at + 1)
        self._judge(m, comes, ends, at, keeps, verdict)
        return m

    @property
    def end(self):
        """Index behind the longest frame, CRC included."""
        return self.place + CRC_BYTES

    def _judge(self, m, comes, ends, at, keeps, verdict):
        """Add the logic of the verdict on the frame that ends."""
        kind = Signal(range(max(Request) + 1))  # 0: none that is known
        argument = Signal()  # of a COUNT: not 0
        known = self.i.p.data.matches(*(kind for kind in Request if self.reload or kind != Request.LOAD))
        right = Signal()
        m.submodules.images = images = self.images
        m.d.comb += [images.byte.eq(self.i.p.data), images.clear.eq(at < PAYLOAD),
                     images.enable.eq(comes & (self.i.p.mark == Mark.BYTE)),
                     images.first.eq(at == PAYLOAD), images.second.eq(at == PAYLOAD + 1)]
        with m.Switch(kind):
            with m.Case(Request.IDENTIFY, Request.SELF_TEST):
                m.d.comb += right.eq(at == PAYLOAD + CRC_BYTES)
            with m.Case(Request.COUNT):
                m.d.comb += right.eq(at == FIRST_IMAGE + CRC_BYTES)
            with m.Case(Request.CLASSIFY):
                m.d.comb += right.eq(images.whole & (at != self.end + 1))
            if self.reload:
                with m.Case(Request.LOAD):
                    m.d.comb += right.eq(at == self.end)
        with m.If(at == START):
            m.d.sync += [kind.eq(Mux(known, self.i.p.data, 0)), argument.eq(0)]
        with m.Elif(comes & (at[1:] == PAYLOAD // 2) & (self.i.p.data != 0)):
            m.d.sync += argument.eq(1)
        with m.If(ends):
            m.d.sync += verdict.eq(kind)
            with m.If(self.i.p.mark == Mark.DAMAGED):
                m.d.sync += verdict.eq(REFUSED | Error.DAMAGED)
            with m.Elif(~keeps):
                m.d.sync += verdict.eq(REFUSED | Error.OVERRUN)
            with m.Elif(kind == 0):
                m.d.sync += verdict.eq(REFUSED | Error.KIND)
            with m.Elif(~right):
                m.d.sync += verdict.eq(REFUSED | Error.LENGTH)
            with m.Elif(((kind == Request.SELF_TEST) | (kind == Request.COUNT)) & (not self.stored)):
                m.d.sync += verdict.eq(REFUSED | Error.VECTORS)
            with m.Elif((kind == Request.COUNT) & ~argument):
                m.d.sync += verdict.eq(REFUSED | Error.ARGUMENT)
