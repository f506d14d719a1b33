"""Request reader: reads the bytes of a request and of the ROM together, one by one or, as pixels, with no gap."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from quant.serial_link.contents import COUNT_BYTES, PAYLOAD, START
from quant.serial_link.protocol import IDENTITY

from .response import result_bytes


def rom(contents):
    """Content of the board's ROM: pixels and result of every test vector, then the identity."""
    vectors = b"".join(vector.pixels + vector.result.pack() for vector in contents.stored)
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
    step, wrap : In(1)
        Go to the next byte; with ``wrap`` to `PAYLOAD` of the request, and to the next stored byte.
    start : In(1)
        Stream an image, from here on; the first pixel is valid in the next cycle.
    repeat, stop : In(1)
        Stream all stored images in turn; end that with the current image.
    stored : In(1)
        1: pixels of stored images; 0: those of the request.
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
    pixels : ``Out(stream.Signature(unsigned(8)))``
    """

    def __init__(self, contents):
        self.contents = contents
        self.result_bytes = result_bytes(contents.identity.classes)
        places = PAYLOAD + max(contents.pixels, COUNT_BYTES, IDENTITY.size, self.result_bytes)
        super().__init__({
            "head": In(1), "body": In(1), "step": In(1), "wrap": In(1), "start": In(1), "repeat": In(1), "stop": In(1),
            "stored": In(1), "data": In(8), "at": Out(range(places), init=START), "enable": Out(1), "rom": Out(8),
            "loaded": Out(1), "idle": Out(1), "pixels": Out(stream.Signature(unsigned(8)))})

    def elaborate(self, platform):
        m = Module()
        content = rom(self.contents)
        m.submodules.memory = memory = Memory(shape=8, depth=1 << (len(content) - 1).bit_length(), init=content)
        read = memory.read_port()
        address = Signal(range(memory.depth))
        feeding, fetched, fetch, image_ends = Signal(), Signal(), Signal(), Signal()
        moves, loads = Signal(), Signal()
        vectors = len(content) - IDENTITY.size  # bytes of them
        last_pixel = vectors - self.result_bytes - 1
        m.d.comb += [
            read.addr.eq(address), read.en.eq(self.enable), self.rom.eq(read.data),
            self.enable.eq(~fetched | self.pixels.ready), self.idle.eq(~feeding & ~fetched),
            self.pixels.valid.eq(fetched), self.pixels.payload.eq(Mux(self.stored, read.data, self.data)),
            fetch.eq(self.start | (feeding & self.enable)),
            image_ends.eq(self.at == PAYLOAD + self.contents.pixels - 1),
        ]
        m.d.comb += moves.eq(fetch | self.step | self.head | self.body)
        m.d.sync += [loads.eq(~moves), self.loaded.eq(loads & ~moves)]
        with m.If(fetch | self.step):
            m.d.sync += [self.at.eq(self.at + 1), address.eq(address + 1)]
        with m.If((fetch & image_ends) | self.wrap):
            m.d.sync += self.at.eq(PAYLOAD)
        with m.If(fetch & image_ends & self.repeat):
            m.d.sync += address.eq(Mux(address == last_pixel, 0, address + 1 + self.result_bytes))
        with m.If(self.head):
            m.d.sync += [self.at.eq(START), address.eq(vectors - (PAYLOAD - START))]
        with m.If(self.body):
            m.d.sync += [self.at.eq(PAYLOAD), address.eq(0)]
        with m.If(fetch):
            m.d.sync += [fetched.eq(1), feeding.eq(~image_ends | (self.repeat & ~self.stop))]
        with m.Elif(self.pixels.ready):
            m.d.sync += fetched.eq(0)
        return m
