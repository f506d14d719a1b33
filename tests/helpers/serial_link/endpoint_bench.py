"""Serial endpoint with its accelerator in the simulator of Amaranth, against the byte-exact model of a board."""

import random
from zlib import crc32

import numpy as np
from amaranth.hdl import ResetInserter, Signal
from amaranth.sim import Simulator

from hw.accelerator import Accelerator
from hw.serial_link.endpoint import SerialEndpoint
from quant import Dense, Flatten, Network, SingleSpike
from quant.dataflow.folding import folded
from quant.files.artefact import network_digest
from quant.serial_link.contents import contents
from quant.serial_link.protocol import Deframer, Request, frame
from sim.compiled.board_model import Device
from sim.vectors import vectors
from tests.helpers.serial_link.peer import packed

NETWORK = Network(input_shape=(1, 2, 3), steps=4, layers=(
    Flatten(), Dense(weights=[[1] * 6, [-1] * 6, [1, -1] * 3], neurons=SingleSpike(threshold=(3, 3, 2)))))
PIXELS = 6
RESET = object()  # in a script: a cycle of reset


def images(count, pixels=PIXELS, seed=0):
    """Images in the order of the serial link; many of their bytes are stuffed in a frame."""
    rng = random.Random(seed)
    return [bytes(rng.choice((0, 0x7D, 0x7E, rng.randrange(256))) for _ in range(pixels)) for _ in range(count)]


def held(network=NETWORK, folding=None, count=3):
    """Contents of a board for a network, with ``count`` test vectors."""
    shape = network.input_shape
    given = np.frombuffer(b"".join(images(count, int(np.prod(shape)), seed=7)), np.uint8).reshape(-1, *shape)
    return contents(network, folding or folded(network), digest=network_digest(network),
                    vectors=vectors(network, given) if count else (), clock_hz=12e6, baud=1_000_000, made_by="0.1.0")


def classify(images, tag=0, network=NETWORK):
    """Body of a CLASSIFY of an image, or of a list of them."""
    images = [images] if isinstance(images, bytes) else images
    return bytes([Request.CLASSIFY, tag]) + packed(*images, network=network)


def model(network=NETWORK, folding=None, holds=None):
    folding = folding or folded(network)
    return Device(network, folding, holds or held(network, folding))


def stuffed(whole):
    """Bytes between two flags, stuffed, whatever they are."""
    return b"\x7e" + b"".join(bytes([0x7D, byte ^ 0x20]) if byte in (0x7D, 0x7E) else bytes([byte])
                              for byte in whole) + b"\x7e"


def damaged(body, place, bit=0):
    """The frame of a body of which a bit, by its byte's place, went wrong before it was stuffed."""
    whole = bytearray(body + crc32(body).to_bytes(4, "little"))
    whole[place] ^= 1 << bit
    return stuffed(whole)


class Bench:
    """Feeds bytes and pauses (a number is that many idle cycles) to an endpoint, and collects its responses.

    Ends after a time in which nothing came; before, all of ``expected`` must come if it is given. ``taken`` is the
    number of pixels that went into the core.
    """

    LIMIT = 100_000  # cycles without a byte

    def __init__(self, *script, network=NETWORK, folding=None, holds=None, stall=0.0, blocked=0, seed=0,
                 expected=None):
        folding = folding or folded(network)
        self.holds = holds or held(network, folding)
        self.reset = Signal()
        self.dut = SerialEndpoint(Accelerator(network, folding, encoded=bool(self.holds.coding.ticks),
                                              reload=bool(self.holds.identity.layout)), self.holds)
        self.script, self.stall, self.blocked, self.rng = script, stall, blocked, random.Random(seed)
        self.got, self.done, self.taken, self.patience = b"", False, 0, 3 * self.holds.rest + 300
        self.expected = expected
        sim = Simulator(ResetInserter(self.reset)(self.dut))
        sim.add_clock(1e-6)
        sim.add_testbench(self.host)
        sim.add_testbench(self.sink)
        sim.add_testbench(self.watch, background=True)
        sim.run()

    @property
    def bodies(self):
        """Bodies of the responses; all frames are whole, with no byte between them."""
        bodies = list(Deframer(1000).feed(self.got))
        assert self.got == b"".join(map(frame, bodies))
        return bodies

    async def host(self, ctx):
        for part in self.script:
            if isinstance(part, int):
                for _ in range(part):
                    await ctx.tick()
            elif part is RESET:
                ctx.set(self.reset, 1)
                await ctx.tick()
                ctx.set(self.reset, 0)
            else:
                await self.send(ctx, part)
        self.done = True

    async def send(self, ctx, data):
        for byte in data:
            ctx.set(self.dut.i.payload, byte)
            ctx.set(self.dut.i.valid, 1)
            for _ in range(9):
                _, _, ready = await ctx.tick().sample(self.dut.i.ready)
                if ready:
                    break
            else:
                raise AssertionError("a byte must be taken within 9 cycles")
            ctx.set(self.dut.i.valid, 0)

    async def sink(self, ctx):
        idle = 0
        for _ in range(self.blocked):
            await ctx.tick()
        while idle < (self.patience if self.expected is None or len(self.got) >= len(self.expected) else self.LIMIT):
            ctx.set(self.dut.o.ready, self.rng.random() >= self.stall)
            _, _, moves, valid, byte = await ctx.tick().sample(self.dut.o.valid & self.dut.o.ready, self.dut.o.valid,
                                                               self.dut.o.payload)
            idle = 0 if valid or not self.done else idle + 1
            if moves:
                self.got += bytes([byte])
        assert self.expected in (None, self.got)
        self.class_index = ctx.get(self.dut.class_index)

    async def watch(self, ctx):
        pixels = self.dut.core.i
        async for *_, moves in ctx.tick().sample(pixels.valid & pixels.ready):
            self.taken += moves


