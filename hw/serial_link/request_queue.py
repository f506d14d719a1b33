"""Request queue: a ring buffer in block RAM that holds each request from the end of its frame until its response."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.serial_link.contents import COUNT_BYTES, PAYLOAD, START, place_bytes
from quant.serial_link.protocol import CRC_BYTES, Error, Request

from ..cores.streams.stream import counter
from .frames import EVENT, Mark

REFUSED = 8  # bit of a verdict: the rest is a code of `quant.serial_link.protocol.Error`, not a kind of request


class RequestQueue(wiring.Component):
    """Queue of requests: takes the bytes of frames, checks each frame at its end, and keeps it until it is handled.

    There are ``slots`` places for requests, and one for an error when all are taken; a frame that comes when that is
    taken too is dropped. A place is assigned when a frame begins. A byte takes one cycle, the end of a frame two.

    Parameters
    ----------
    pixels : int
        Bytes of an image.
    slots : int
    stored : bool
        True if the board stores test vectors.

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

    def __init__(self, *, pixels, slots, stored):
        self.pixels, self.slots, self.stored = pixels, slots, stored
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
        keeps, keeps_head = Signal(), Signal()  # of the frame that comes in: all; its verdict and tag
        judged, adds, ends, first = Signal(), Signal(), Signal(), Signal()  # judged: second cycle of an end
        at = Signal(range(self.end + 2), init=START)  # where a byte would go, also behind the payload
        verdict = Signal(4)
        head, _ = counter(m, "head", self.slots + 1, self.release)
        tail, _ = counter(m, "tail", self.slots + 1, adds)
        m.d.comb += [
            self.waiting.eq(used != 0), read.addr.eq(Cat(self.at, head)), adds.eq(judged & keeps_head),
            ends.eq(self.i.valid & ~judged & ((self.i.p.mark == Mark.WHOLE) | (self.i.p.mark == Mark.DAMAGED))),
            self.i.ready.eq(~ends), first.eq(at == START),
            write.addr.eq(Cat(at[:len(self.at)], tail)), write.data.eq(Mux(judged, verdict, self.i.p.data)),
            write.en.eq(adds | self.i.valid & ~first & Mux(at < PAYLOAD, keeps_head, keeps & (at < self.place))),
        ]
        with m.If(self.enable):
            m.d.sync += self.data.eq(read.data)
        m.d.sync += [judged.eq(ends), used.eq(used + adds - self.release)]
        with m.If(first):
            m.d.sync += [keeps.eq(used < self.slots), keeps_head.eq(used <= self.slots)]
        with m.If(self.i.valid):
            with m.If(self.i.p.mark != Mark.BYTE):
                m.d.sync += at.eq(START)
            with m.Elif(at != self.end + 1):
                m.d.sync += at.eq(at + 1)
        self._judge(m, ends, at, keeps, verdict)
        return m

    @property
    def end(self):
        """Index behind the longest frame, CRC included."""
        return PAYLOAD + max(self.pixels, COUNT_BYTES) + CRC_BYTES

    def _judge(self, m, ends, at, keeps, verdict):
        """Add the logic of the verdict on the frame that ends."""
        kind = Signal(range(max(Request) + 1))  # 0: none that is known
        argument = Signal()  # of a COUNT: not 0
        known = self.i.p.data.matches(*Request)
        right = Signal()
        lengths = {Request.IDENTIFY: 0, Request.CLASSIFY: self.pixels, Request.SELF_TEST: 0, Request.COUNT: COUNT_BYTES}
        with m.Switch(kind):
            for request, payload in lengths.items():
                with m.Case(request):
                    m.d.comb += right.eq(at == PAYLOAD + payload + CRC_BYTES)
        with m.If(at == START):
            m.d.sync += [kind.eq(Mux(known, self.i.p.data, 0)), argument.eq(0)]
        with m.Elif(self.i.valid & (at[1:] == PAYLOAD // 2) & (self.i.p.data != 0)):
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
