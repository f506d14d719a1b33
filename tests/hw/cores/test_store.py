import pytest
from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

from hw.cores.store import Store
from quant.dataflow.memories import Memory


@pytest.mark.parametrize("words", [(5,), (5, 9, 300)])
def test_a_store_has_its_content_until_it_is_written(words):
    dut, new = Store(Memory(9, words)), tuple(word + 1 for word in words)

    async def bench(ctx):
        async def seen():
            got = []
            for address in range(len(words)):
                ctx.set(dut.address, address)
                ctx.set(dut.enable, 1)
                await ctx.tick()
                ctx.set(dut.enable, 0)
                await ctx.tick()
                got.append(ctx.get(dut.data))
            return tuple(got)
        assert await seen() == words
        ctx.set(dut.write.enable, 1)
        for address, word in enumerate(new):
            ctx.set(dut.write.address, address)
            ctx.set(dut.write.data, word)
            await ctx.tick()
        ctx.set(dut.write.enable, 0)
        assert await seen() == new

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("words", [(5,), (5, 9, 300)])
def test_a_reset_leaves_what_was_written(words):
    dut, m = Store(Memory(9, words)), Module()
    m.domains.sync = domain = ClockDomain()
    m.submodules.dut = dut

    async def bench(ctx):
        ctx.set(dut.write.enable, 1)
        ctx.set(dut.write.data, 77)
        await ctx.tick()
        ctx.set(dut.write.enable, 0)
        ctx.set(domain.rst, 1)
        await ctx.tick()
        ctx.set(domain.rst, 0)
        ctx.set(dut.enable, 1)
        await ctx.tick()
        assert ctx.get(dut.data) == 77

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
