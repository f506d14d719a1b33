"""Request reader: reads the bytes of a request and of the ROM together, one by one or, as images, with no gap."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.serial_link.contents import PAYLOAD, START
from quant.serial_link.protocol import MAX_COUNT

from ..cores.store import write_signature
from ..cores.streams.stream import counter
from ..names import flags
from .response import result_bytes


class RequestReader(wiring.Component):
    """Reader of a request's bytes and of the stored bytes, whose addresses move together.

    Bytes of both are registered, since a block RAM gives them late in a cycle. While images are streamed, bytes are
    read ahead of the values that they hold.

    Parameters
    ----------
    contents : quant.serial_link.contents.Contents

    Members
    -------
    head : In(1)
        Go to the request's `START`; at `PAYLOAD` the stored byte is then the first of the identity.
    body : In(1)
        Go to `PAYLOAD` and to the first stored byte.
    step : In(1)
        Go to the next byte.
    start, images : In
        Stream so many images, at least 1, from here on; the first value is valid three cycles later.
    repeat : In(1)
        Between stored images, pass over the results.
    stored : In(1)
        1: the stored images in turn, a value a byte, up to the result behind the last; 0: those of the request, by the
        code of the serial link.
    data : In(8)
        Byte of the request: that of index ``at`` when ``enable`` was last 1.
    at, enable : Out
        Index of the byte to read from the request queue, and its read enable.
    byte, rom : Out(8)
        Byte of the request, and stored byte.
    loaded : Out(1)
        ``byte`` and ``rom`` belong to the current index, and did so in the cycle before.
    idle : Out(1)
        No image is streamed.
    values : ``Out(stream.Signature(coding.width))``
    write : ``In(write_signature(...))``
        Of the stored bytes, if the board takes other networks.
    """

    def __init__(self, contents):
        self.contents, self.coding = contents, contents.coding
        self.result_bytes = result_bytes(contents.identity.classes)
        self.held = Signal()  # the registers of bytes hold one that is streamed
        places = PAYLOAD + max(len(contents.identity.pack()), contents.place - PAYLOAD)
        super().__init__({
            "head": In(1), "body": In(1), "step": In(1), "start": In(1),
            "images": In(range(MAX_COUNT + 1)), "repeat": In(1), "stored": In(1), "data": In(8),
            "at": Out(range(places), init=START), "enable": Out(1), "byte": Out(8), "rom": Out(8), "loaded": Out(1),
            "idle": Out(1), "values": Out(stream.Signature(unsigned(self.coding.width))),
            **({"write": In(write_signature(contents.memories[0]))} if contents.identity.layout else {})})

    def elaborate(self, platform):
        m = Module()
        content = self.contents.rom
        m.submodules.memory = memory = Memory(shape=8, depth=1 << (len(content) - 1).bit_length(), init=content,
                                              attrs={"no_rw_check": 1} if self.contents.identity.layout else {})
        stored = memory.read_port()
        if self.contents.identity.layout:
            write = memory.write_port()
            m.d.comb += [write.en.eq(self.write.enable), write.addr.eq(self.write.address),
                         write.data.eq(self.write.data)]
        takes, pops, last, final = flags("takes pops last final")  # of a value, its byte; of its image, of all
        m.d.comb += takes.eq(self.values.valid & self.values.ready)
        fetch, passes_over = self._fetch(m, stored, pops, takes & last & final)
        self._address(m, stored.addr, fetch, passes_over, len(content) - len(self.contents.identity.pack()))
        self._decode(m, takes, pops, last, takes & last & final)
        self._count(m, takes, last, final)
        return m

    def _fetch(self, m, stored, pops, done):
        """Add the registers of bytes; return whether one is read to be streamed, and whether results are behind it."""
        reads, latched, moves, fetch, busy = flags("reads latched moves fetch busy")
        fetched, image_ends = counter(m, "fetched", self.contents.pixels, fetch)  # bytes of a stored image
        m.d.comb += [
            moves.eq(~self.held | ~self.values.valid | pops), fetch.eq(self.start | (reads & (~latched | moves))),
            busy.eq(reads | latched | self.held | self.values.valid), self.idle.eq(~busy),
            self.enable.eq(fetch | ~busy), stored.en.eq(self.enable),
        ]
        with m.If(moves):
            m.d.sync += [self.byte.eq(self.data), self.rom.eq(stored.data), self.held.eq(latched), latched.eq(0)]
        with m.If(fetch):
            m.d.sync += [reads.eq(~(self.stored & ~self.repeat & image_ends)), latched.eq(1)]
        with m.If(done):
            m.d.sync += [reads.eq(0), latched.eq(0), self.held.eq(0)]
        with m.If(self.body):
            m.d.sync += fetched.eq(0)
        # stood: the two cycles before the last did not move the index either
        stood = Signal(2)
        still = Signal()
        m.d.comb += still.eq(~(busy | fetch | self.step | self.head | self.body))
        m.d.sync += [stood.eq(Mux(still, Cat(1, stood[0]), 0)), self.loaded.eq(still & stood[1])]
        return fetch, fetch & image_ends & self.repeat

    def _address(self, m, address, fetch, passes_over, vectors):
        """Add the counters of bytes, of which ``vectors`` in the ROM are of test vectors."""
        at = Signal(len(address))
        m.d.comb += address.eq(at)
        with m.If(fetch | self.step):
            m.d.sync += [self.at.eq(self.at + 1), at.eq(at + 1)]
        with m.If(passes_over):
            m.d.sync += at.eq(Mux(at == vectors - self.result_bytes - 1, 0, at + 1 + self.result_bytes))
        with m.If(self.head):
            m.d.sync += [self.at.eq(START), at.eq(vectors - (PAYLOAD - START))]
        with m.If(self.body):
            m.d.sync += [self.at.eq(PAYLOAD), at.eq(0)]

    def _decode(self, m, takes, pops, last, done):
        """Add the registers of a byte whose values come out, and the logic of the transfer of its last."""
        coding = self.coding
        byte = Mux(self.stored, self.rom, self.byte)
        ends = Signal()
        # the next value is the lowest; values behind it
        bits = Signal(8)
        more = Signal(7)
        run = Signal()
        m.d.comb += pops.eq(takes & (ends | last))
        with m.If(~self.values.valid | pops):
            m.d.sync += [self.values.valid.eq(self.held & ~done), bits.eq(byte)]
        if not coding.ticks:
            m.d.comb += [self.values.payload.eq(bits), ends.eq(1)]
            return
        value = bits[:coding.width]
        m.d.comb += self.values.payload.eq(Mux(run | (value > coding.ticks), coding.ticks, value))
        runs = byte[7] & ~self.stored
        count = Mux(self.stored, 0, Mux(runs, byte[:7], coding.in_a_byte - 1))
        with m.If(~self.values.valid | pops):
            m.d.sync += [run.eq(runs), more.eq(count), ends.eq(count == 0)]
        with m.Elif(takes):
            m.d.sync += [bits.eq(bits >> coding.width), more.eq(more - 1), ends.eq(more == 1)]

    def _count(self, m, takes, last, final):
        """Add the registers ``last``, the value is the last of its image, and ``final``, of the last image."""
        left = Signal(range(self.contents.pixels))  # values behind the current one
        images = Signal.like(self.images)  # with the current one
        begins = [left.eq(self.contents.pixels - 1), last.eq(int(self.contents.pixels == 1))]
        with m.If(self.start):
            m.d.sync += [*begins, images.eq(self.images), final.eq(self.images == 1)]
        with m.Elif(takes & last):
            m.d.sync += [*begins, images.eq(images - 1), final.eq(images == 2)]
        with m.Elif(takes):
            m.d.sync += [left.eq(left - 1), last.eq(left == 1)]
