# amaranth: UnusedElaboratable=no
"""A core behind registers that takes another network over AXI4-Lite, in Amaranth's simulator."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

from hw.accelerator import Accelerator
from hw.buses.axi_lite import SLVERR, AxiLite
from hw.buses.framed import FramedAccelerator
from hw.buses.loading import connect, registers
from hw.buses.registers import BYTES, watch
from quant.bus_load import load
from quant.files.artefact import network_digest
from quant.serial_link.reload import layout
from tests.helpers.buses.frames import Frame, results
from tests.helpers.serial_link.reloaded import FOLDING, PIXELS, network
from tests.hw.buses.test_registers import answer, read

FIRST, SECOND = network(1), network(2)
WORDS = [int.from_bytes(load(layout(FIRST, FOLDING), SECOND)[at:at + BYTES], "little")
         for at in range(0, len(load(layout(FIRST, FOLDING), SECOND)), BYTES)]
PERIODS = {"sync": 1e-6, "core": 6.3e-6}
SENT = [Frame(random.Random(seed).randbytes(PIXELS)) for seed in range(3)]
READY, LOADING = 1, 2


class Device(wiring.Component):
    """A core between streams, and its registers behind AXI4-Lite."""

    def __init__(self, domain):
        core = Accelerator(FIRST, FOLDING, reload=True)
        self.framed = FramedAccelerator(core, pixels=PIXELS, lanes=1, domain=domain)
        self.registers = registers(core, network_digest(FIRST), lanes=1, window=False)
        self.at = {row.name: row.address for row in self.registers.rows}
        self.lite = AxiLite([row.address // BYTES for row in self.registers.rows if row.access == "w"])
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        m.submodules.framed, m.submodules.registers, m.submodules.lite = self.framed, self.registers, self.lite
        wiring.connect(m, self.lite.bus, self.registers.bus)
        watch(m, self.framed, self.registers)
        connect(m, self.framed, self.registers)
        return m


async def write(ctx, lite, address, value, strobes=15):
    """Response to a write."""
    for port, given in ((lite.awaddr, address), (lite.wdata, value), (lite.wstrb, strobes), (lite.awvalid, 1),
                        (lite.wvalid, 1), (lite.bready, 1)):
        ctx.set(port, given)
    await answer(ctx, lite.awready)
    await ctx.tick()
    ctx.set(lite.awvalid, 0)
    ctx.set(lite.wvalid, 0)
    response = ctx.get(lite.bresp)
    assert ctx.get(lite.bvalid)
    await ctx.tick()
    return response


class Bench:
    """What a host does."""

    def __init__(self, ctx, device):
        self.ctx, self.device, self.lite = ctx, device, device.lite

    async def value(self, name):
        return await read(self.ctx, self.lite, self.device.at[name], 0)

    async def put(self, name, value, **options):
        return await write(self.ctx, self.lite, self.device.at[name], value, **options)

    async def load(self, words):
        """Write words of a load, each once there is space."""
        assert await self.put("LOAD_BEGIN", words[0]) == 0
        for word in words[1:]:
            while not await self.value("LOAD_STATUS") & READY:
                pass
            assert await self.put("LOAD", word) == 0

    async def settled(self):
        """Whether there is a network once all words are taken."""
        while not (status := await self.value("LOAD_STATUS")) & READY:
            pass
        return not status & LOADING

    async def digest(self):
        return "".join([f"{await self.value(f'DIGEST{place}'):08x}" for place in range(8)])

    async def send(self, *sent):
        """Give frames to the core."""
        port = self.device.framed.i
        for frame in sent:
            for at, pixel in enumerate(frame.pixels):
                self.ctx.set(port.p.data, pixel)
                self.ctx.set(port.p.last, at == len(frame.pixels) - 1)
                self.ctx.set(port.valid, 1)
                while not (await self.ctx.tick().sample(port.ready))[2]:
                    pass
        self.ctx.set(port.valid, 0)

    async def taken(self, seen, count):
        """Wait until there are so many words."""
        for _ in range(100_000):
            if len(seen) == count:
                return seen
            await self.ctx.tick()
        raise TimeoutError(f"{len(seen)} of {count} words")


def play(script, domain="sync"):
    """Run ``script(bench, words of results so far)``."""
    device, seen = Device(domain), []

    async def host(ctx):
        ctx.set(device.framed.o.ready, 1)
        await ctx.tick().repeat(20)
        await script(Bench(ctx, device), seen)

    async def sink(ctx):
        port = device.framed.o
        async for _, _, valid, ready, word in ctx.tick().sample(port.valid, port.ready, port.p.data):
            if valid and ready:
                seen.append(word)

    simulator = Simulator(device)
    for used in {"sync", domain}:
        simulator.add_clock(PERIODS[used], domain=used)
    simulator.add_testbench(host)
    simulator.add_testbench(sink, background=True)
    simulator.run()


def due(given, *sent):
    return [word for words in results(given, sent) for word in words]


@pytest.mark.parametrize("domain", ["sync", pytest.param("core", marks=pytest.mark.long)])
def test_a_loaded_network_gives_its_own_results_and_digest(domain):
    assert due(FIRST, *SENT) != due(SECOND, *SENT)

    async def script(bench, seen):
        assert await bench.digest() == network_digest(FIRST)
        await bench.send(*SENT)
        await bench.taken(seen, len(due(FIRST, *SENT)))
        await bench.load(WORDS)
        assert await bench.settled()
        assert await bench.digest() == network_digest(SECOND)
        await bench.send(*SENT)
        assert await bench.taken(seen, 2 * len(due(FIRST, *SENT))) == due(FIRST, *SENT) + due(SECOND, *SENT)
    play(script, domain)


@pytest.mark.parametrize("domain", ["sync", pytest.param("core", marks=pytest.mark.long)])
def test_a_load_waits_for_frames_inside_and_frames_for_the_load(domain):
    async def script(bench, seen):
        await bench.send(SENT[0])
        bench.ctx.set(bench.device.framed.o.ready, 0)
        assert await bench.put("LOAD_BEGIN", WORDS[0]) == 0
        assert await bench.put("LOAD", WORDS[1]) == 0
        await bench.ctx.tick().repeat(400)
        assert await bench.value("LOAD_STATUS") == LOADING
        bench.ctx.set(bench.device.framed.o.ready, 1)
        await bench.taken(seen, len(due(FIRST, SENT[0])))
        port = bench.device.framed.i
        bench.ctx.set(port.valid, 1)  # the first pixel of the next frame
        bench.ctx.set(port.p.data, SENT[1].pixels[0])
        for word in WORDS[2:-1]:  # the CRC may be compared before the last is taken
            while not await bench.value("LOAD_STATUS") & READY:
                assert not bench.ctx.get(bench.device.framed.busy)
            assert await bench.put("LOAD", word) == 0
        assert await bench.put("LOAD", WORDS[-1]) == 0
        bench.ctx.set(port.valid, 0)
        assert await bench.settled()
    play(script, domain)


@pytest.mark.long
def test_words_wait_for_a_core_of_a_very_slow_clock(monkeypatch):
    monkeypatch.setitem(PERIODS, "core", 90e-6)

    async def script(bench, seen):
        await bench.load(WORDS)
        assert await bench.settled()
        await bench.send(SENT[0])
        assert await bench.taken(seen, len(due(SECOND, SENT[0]))) == due(SECOND, SENT[0])
    play(script, "core")


def test_a_load_of_another_layout_does_nothing():
    async def script(bench, seen):
        await bench.load([WORDS[0] ^ 1, *WORDS[1:4]])
        assert await bench.value("LOAD_STATUS") == READY
        assert await bench.digest() == network_digest(FIRST)
        await bench.send(SENT[0])
        assert await bench.taken(seen, len(due(FIRST, SENT[0]))) == due(FIRST, SENT[0])
    play(script)


def test_a_damaged_load_leaves_no_network_until_one_is_whole():
    async def script(bench, seen):
        place = len(WORDS) // 2
        await bench.load([*WORDS[:place], WORDS[place] ^ 0x100, *WORDS[place + 1:]])
        assert not await bench.settled()
        await bench.load(WORDS[:place])
        assert await bench.put("LOAD_BEGIN", WORDS[0]) == 0  # in the middle of a word
        await bench.load(WORDS)
        assert await bench.settled()
        await bench.send(SENT[0])
        assert await bench.taken(seen, len(due(FIRST, SENT[0]))) == due(SECOND, SENT[0])
    play(script)


def test_what_cannot_be_written_is_an_error():
    async def script(bench, _):
        assert await bench.put("FRAMES", 1) == SLVERR
        assert await bench.put("LOAD_BEGIN", WORDS[0], strobes=7) == SLVERR
        assert await bench.value("LOAD_STATUS") == READY
        assert await bench.value("LAYOUT") == WORDS[0]
    play(script)
