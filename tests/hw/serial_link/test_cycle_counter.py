# amaranth: UnusedElaboratable=no
import pytest
from amaranth.sim import Simulator

from hw.serial_link.cycle_counter import CycleCounter
from quant.serial_link.protocol import MAX_CYCLES


def simulate(dut, bench):
    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_enabled_cycles_are_counted_until_it_is_cleared():
    dut = CycleCounter(5)

    async def bench(ctx):
        ctx.set(dut.enable, 1)
        await ctx.tick().repeat(7)
        ctx.set(dut.enable, 0)
        await ctx.tick().repeat(3)
        assert ctx.get(dut.cycles) == 7
        ctx.set(dut.enable, 1)
        ctx.set(dut.clear, 1)
        await ctx.tick()
        assert ctx.get(dut.cycles) == 0

    simulate(dut, bench)


def test_it_stops_at_the_largest_number():
    dut = CycleCounter(5)

    async def bench(ctx):
        ctx.set(dut.cycles, MAX_CYCLES - 2)
        ctx.set(dut.enable, 1)
        await ctx.tick().repeat(2)
        assert ctx.get(dut.cycles) == MAX_CYCLES
        await ctx.tick().repeat(2)
        assert ctx.get(dut.cycles) == MAX_CYCLES

    simulate(dut, bench)


@pytest.mark.parametrize("rest", [1, 2, 5, 8])
def test_it_is_rested_one_cycle_before_the_next_image_may_start(rest):
    dut = CycleCounter(rest)
    rested = []

    async def bench(ctx):
        ctx.set(dut.moved, 1)
        await ctx.tick().repeat(2)
        ctx.set(dut.moved, 0)
        for _ in range(rest + 3):
            rested.append((await ctx.tick().sample(dut.rested))[2])

    simulate(dut, bench)
    assert rested.index(1) == rest - 1
    assert all(rested[rest - 1:])


def test_wrong_rest():
    with pytest.raises(ValueError, match=r"^Rest must be at least 1 cycle, not 0$"):
        CycleCounter(0)
