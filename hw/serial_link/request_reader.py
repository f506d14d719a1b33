"""Request reader: reads the bytes of a request and of the ROM together, one by one or, as images, with no gap."""

from amaranth.hdl import Array, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.serial_link.contents import PAYLOAD, START
from quant.serial_link.protocol import IDENTITY, MAX_COUNT

from .response import result_bytes


def rom(contents):
    """Content of the board's ROM: values of the pixels and result of every test vector, then the identity."""
    vectors = b"".join(contents.coding.values(vector.pixels) + vector.result.pack() for vector in contents.stored)
    return vectors + contents.identity.pack()


class RequestReader(wiring.Component):
    """Reader of a request's bytes and of the stored bytes, whose addresses move together.

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
        Stream so many images, at least 1, from here on; the first value is valid in the next cycle.
    repeat : In(1)
        Between stored images, pass over the results.
    stored : In(1)
        1: the stored images in turn, a value a byte; 0: those of the request, by the code of the serial link.
    data : In(8)
        Byte of the request: that of index ``at`` when ``enable`` was last 1.
    at, enable : Out
        Index of the byte to read from the request queue, and its read enable.
    rom : Out(8)
        Stored byte.
    loaded : Out(1)
        ``data`` and ``rom`` belong to the current index, and did so in the cycle before.
    idle : Out(1)
        No image is streamed.
    values : ``Out(stream.Signature(coding.width))``
    """

    def __init__(self, contents):
        self.contents, self.coding = contents, contents.coding
        self.result_bytes = result_bytes(contents.identity.classes)
        places = PAYLOAD + max(IDENTITY.size, contents.place - PAYLOAD)
        super().__init__({
            "head": In(1), "body": In(1), "step": In(1), "start": In(1),
            "images": In(range(MAX_COUNT + 1)), "repeat": In(1), "stored": In(1), "data": In(8),
            "at": Out(range(places), init=START), "enable": Out(1), "rom": Out(8), "loaded": Out(1),
            "idle": Out(1), "values": Out(stream.Signature(unsigned(self.coding.width)))})

    def elaborate(self, platform):
        m = Module()
        content = rom(self.contents)
        m.submodules.memory = memory = Memory(shape=8, depth=1 << (len(content) - 1).bit_length(), init=content)
        read = memory.read_port()
        address = Signal(range(memory.depth))
        fetched, fetch, moves, loads = Signal(), Signal(), Signal(), Signal()
        advance, byte_ends, first, last = Signal(), Signal(), Signal(), Signal()  # first, last: value of an image
        left = Signal(range(self.contents.pixels))  # values behind the current one
        ends = Signal()  # the next value is the last of its image
        images = Signal.like(self.images)  # with the current one
        vectors = len(content) - IDENTITY.size  # bytes of them
        last_pixel = vectors - self.result_bytes - 1
        takes = self.values.valid & self.values.ready
        self._decode(m, Mux(self.stored, read.data, self.data), fetch, takes, byte_ends)
        m.d.comb += [
            read.addr.eq(address), read.en.eq(self.enable), self.rom.eq(read.data),
            self.enable.eq(~fetched | (self.values.ready & (byte_ends | last))), self.idle.eq(~fetched),
            self.values.valid.eq(fetched),
            fetch.eq(self.start | (takes & (byte_ends | last) & (~last | (images != 1)))),
            advance.eq(fetch | takes), first.eq(~fetched | last),
            ends.eq(int(self.contents.pixels == 1) | (~first & (left == 1))),
            moves.eq(fetch | self.step | self.head | self.body),
        ]
        m.d.sync += [loads.eq(~moves), self.loaded.eq(loads & ~moves)]
        with m.If(advance):
            m.d.sync += [left.eq(left - 1), last.eq(ends), fetched.eq(fetch | ~(byte_ends | last))]
            with m.If(first):
                m.d.sync += left.eq(self.contents.pixels - 1)
        with m.If(self.start):
            m.d.sync += images.eq(self.images)
        with m.Elif(takes & last):
            m.d.sync += images.eq(images - 1)
        with m.If(fetch | self.step):
            m.d.sync += [self.at.eq(self.at + 1), address.eq(address + 1)]
        with m.If(fetch & ends & self.repeat):
            m.d.sync += address.eq(Mux(address == last_pixel, 0, address + 1 + self.result_bytes))
        with m.If(self.head):
            m.d.sync += [self.at.eq(START), address.eq(vectors - (PAYLOAD - START))]
        with m.If(self.body):
            m.d.sync += [self.at.eq(PAYLOAD), address.eq(0)]
        return m

    def _decode(self, m, byte, fetch, takes, ends):
        """Add the logic of the value in ``byte`` that is next, and of ``ends``: it is the byte's last."""
        coding = self.coding
        if not coding.ticks:
            m.d.comb += [self.values.payload.eq(byte), ends.eq(1)]
            return
        place = Signal(7)  # of the value in its byte
        run, value = Signal(), Signal(coding.width)
        values = Array(byte.word_select(index, coding.width) for index in range(coding.in_a_byte))
        held = Mux(run, byte[:7], coding.in_a_byte - 1)  # less one
        m.d.comb += [
            run.eq(byte[7] & ~self.stored), ends.eq(self.stored | (place == held)),
            value.eq(values[place[:(coding.in_a_byte - 1).bit_length()]]),
            self.values.payload.eq(Mux(run | (value > coding.ticks), coding.ticks, value)),
        ]
        with m.If(fetch):
            m.d.sync += place.eq(0)
        with m.Elif(takes):
            m.d.sync += place.eq(place + 1)
