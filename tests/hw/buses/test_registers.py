"""Registers behind their AXI4-Lite bridge, in Amaranth's simulator."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

from hw.buses.axi_lite import SLVERR, AxiLite
from hw.buses.registers import BYTES, Registers, constants, table
from tests.helpers.buses.frames import DIGEST
from tests.helpers.designs import design

VALUES = constants(design(), DIGEST, 4)
LIVE = {row.name: 0x80000000 + place for place, row in enumerate(table(window=True))
        if row.name not in VALUES and row.access == "r"}


class Device(wiring.Component):
    """Registers whose values do not move."""

    def __init__(self):
        self.bridge, self.registers = AxiLite(), Registers(table(window=True), VALUES)
        super().__init__({})

    def elaborate(self, platform):
        m = Module()
        m.submodules.bridge, m.submodules.registers = self.bridge, self.registers
        wiring.connect(m, self.bridge.bus, self.registers.bus)
        m.d.comb += [getattr(self.registers, name.lower()).eq(value) for name, value in LIVE.items()]
        return m


async def answer(ctx, port, patience=9):
    for _ in range(patience):
        await ctx.tick()
        if ctx.get(port):
            return
    raise TimeoutError(port.name)


async def read(ctx, lite, address, wait):
    ctx.set(lite.araddr, address)
    ctx.set(lite.arvalid, 1)
    await answer(ctx, lite.arready)
    await ctx.tick()
    ctx.set(lite.arvalid, 0)
    await answer(ctx, lite.rvalid)
    for _ in range(wait):
        before = ctx.get(lite.rdata)
        await ctx.tick()
        assert (ctx.get(lite.rvalid), ctx.get(lite.rdata)) == (1, before)
    ctx.set(lite.rready, 1)
    value = ctx.get(lite.rdata)
    await ctx.tick()
    ctx.set(lite.rready, 0)
    assert (ctx.get(lite.rvalid), ctx.get(lite.rresp)) == (0, 0)
    return value


def simulate(bench):
    device, reads = Device(), []

    async def watch(ctx):
        names = [name for name in LIVE if hasattr(device.registers, f"{name.lower()}_stb")]
        async for _, _, *strobes in ctx.tick().sample(*(getattr(device.registers, f"{name.lower()}_stb")
                                                        for name in names)):
            reads.extend(name for name, strobe in zip(names, strobes, strict=True) if strobe)

    async def driver(ctx):
        await bench(ctx, device.bridge)

    simulator = Simulator(device)
    simulator.add_clock(1e-6)
    simulator.add_testbench(driver)
    simulator.add_testbench(watch, background=True)
    simulator.run()
    return reads


def test_every_register_is_read_once_at_its_address():
    rng, rows = random.Random(0), [row for row in table(window=True) if row.access == "r"] * 2
    rng.shuffle(rows)

    async def bench(ctx, lite):
        for row in rows:
            seen = await read(ctx, lite, row.address + rng.randrange(BYTES), rng.choice((0, 0, 3)))
            assert seen == (VALUES | LIVE)[row.name], row.name

    assert simulate(bench) == [row.name for row in rows if row.name in LIVE]


def test_what_is_no_register_is_zero():
    async def bench(ctx, lite):
        assert await read(ctx, lite, 0, 0) == VALUES["MAGIC"]
        assert await read(ctx, lite, 124, 0) == 0

    assert simulate(bench) == []


def test_reads_that_follow_each_other_are_answered_in_order():
    addresses = list(range(0, 4 * len(VALUES), 4))

    async def bench(ctx, lite):
        rng, asked, seen = random.Random(1), list(addresses), []
        ctx.set(lite.arvalid, 1)
        for _ in range(500):
            ctx.set(lite.araddr, asked[0] if asked else 124)
            ctx.set(lite.rready, rng.random() < 0.3)
            _, _, taken, valid, ready, data = await ctx.tick().sample(lite.arready, lite.rvalid, lite.rready,
                                                                      lite.rdata)
            if taken and asked:
                asked.pop(0)
            if valid and ready:
                seen.append(data)
        assert seen[:len(addresses)] == list(VALUES.values())

    simulate(bench)


def test_every_write_has_one_answer():
    async def bench(ctx, lite):
        rng, asked, answered = random.Random(2), 0, 0
        ctx.set(lite.awvalid, 1)
        ctx.set(lite.wvalid, 1)
        for _ in range(300):
            ctx.set(lite.bready, rng.random() < 0.2)
            _, _, taken, valid, ready = await ctx.tick().sample(lite.awready, lite.bvalid, lite.bready)
            asked, answered = asked + taken, answered + (valid & ready)
            assert asked - answered in (0, 1)
        assert answered > 20

    simulate(bench)


def test_a_write_is_an_error():
    async def bench(ctx, lite):
        ctx.set(lite.awvalid, 1)
        for _ in range(5):
            await ctx.tick()
            assert not ctx.get(lite.awready | lite.wready)
        ctx.set(lite.wvalid, 1)
        await answer(ctx, lite.awready)
        assert ctx.get(lite.wready)
        await ctx.tick()
        ctx.set(lite.awvalid, 0)
        ctx.set(lite.wvalid, 0)
        for _ in range(5):
            assert (ctx.get(lite.bvalid), ctx.get(lite.bresp)) == (1, SLVERR)
            await ctx.tick()
        ctx.set(lite.bready, 1)
        await ctx.tick()
        assert not ctx.get(lite.bvalid)

    assert simulate(bench) == []


def test_constants_say_what_the_network_is():
    assert VALUES["DIGEST0"] == VALUES["DIGEST6"] == 0x01234567
    assert VALUES["DIGEST7"] == 0x89ABCDEF
    assert {name: VALUES[name] for name in ("CHANNELS", "HEIGHT", "WIDTH", "CLASSES", "STEPS", "LANES")} == {
        "CHANNELS": 1, "HEIGHT": 3, "WIDTH": 3, "CLASSES": 4, "STEPS": 5, "LANES": 4}
    assert VALUES["MAGIC"].to_bytes(4, "big") == b"bspk"


@pytest.mark.parametrize("window", [False, True])
def test_registers_lie_behind_each_other(window):
    rows = table(window=window)
    assert [row.address for row in rows] == list(range(0, 4 * len(rows), 4))
    assert len({row.name for row in rows}) == len(rows)
    assert rows[:16] == table(window=not window)[:16]
