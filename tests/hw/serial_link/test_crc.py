import random
import zlib

import pytest
from amaranth.sim import Simulator

from hw.serial_link.crc import Crc


def run(data, shifted=4):
    """The CRC's bytes as they are shifted out, and whether the data was a body and its CRC."""
    dut, out, whole = Crc(), [], []

    async def bench(ctx):
        ctx.set(dut.clear, 1)
        ctx.set(dut.enable, 1)
        await ctx.tick().repeat(2)
        ctx.set(dut.clear, 0)
        for feed, byte in [(1, byte) for byte in data] + [(0, 0xFF)] * shifted:
            ctx.set(dut.feed, feed)
            if not feed:
                out.append(ctx.get(dut.low))
            for bit in range(8):
                ctx.set(dut.bit, byte >> bit & 1)
                await ctx.tick()
            whole.append(ctx.get(dut.whole))

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return bytes(out), bool(whole[len(data) - 1]) if data else None


def test_the_check_value_of_the_catalogue():
    assert run(b"123456789")[0] == bytes.fromhex("2639f4cb")  # CBF43926, low byte first


@pytest.mark.parametrize("seed", range(5))
def test_it_is_that_of_zlib(seed):
    data = random.Random(seed).randbytes(1 + 5 * seed)
    assert run(data)[0] == zlib.crc32(data).to_bytes(4, "little")


def test_a_body_and_its_crc_are_whole():
    assert run(b"abc" + zlib.crc32(b"abc").to_bytes(4, "little"))[1]


@pytest.mark.parametrize("place", range(7))
def test_a_body_and_its_crc_with_a_wrong_bit_are_not(place):
    data = bytearray(b"abc" + zlib.crc32(b"abc").to_bytes(4, "little"))
    data[place] ^= 1 << place
    assert not run(data)[1]


def test_an_enable_of_0_keeps_the_register():
    dut = Crc()

    async def bench(ctx):
        ctx.set(dut.enable, 1)
        await ctx.tick().repeat(5)
        ctx.set(dut.enable, 0)
        before = ctx.get(dut.low)
        await ctx.tick().repeat(5)
        assert ctx.get(dut.low) == before

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
