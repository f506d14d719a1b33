import pytest
from amaranth.sim import Simulator

from hw.serial_link.loader import Loader
from quant.dataflow.memories import Memory
from quant.serial_link.reload import stream

MEMORIES = [Memory(8, (1, 2, 3)), Memory(19, (0x7ABCD,)), Memory(3, (7, 0, 5, 6))]


def load(data):
    """Words that come out as (memory, address, word), and whether all were whole."""
    dut, got = Loader(MEMORIES), []
    state = {}

    async def bench(ctx):
        for part in (data[:4], data):  # the first is broken off
            got.clear()
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            for byte in part:
                ctx.set(dut.i.payload, byte)
                ctx.set(dut.i.valid, 1)
                while not (await ctx.tick().sample(dut.i.ready))[2]:
                    pass
                ctx.set(dut.i.valid, 0)
            await ctx.tick().repeat(3)
        state["whole"] = ctx.get(dut.whole)

    async def watch(ctx):
        async for *_, enable, address, word in ctx.tick().sample(dut.load.enable, dut.load.address, dut.load.data):
            if enable:
                place = enable.bit_length() - 1
                assert enable == 1 << place
                high = word >> len(dut.load.data) - 8 * MEMORIES[place].word_bytes
                got.append((place, address, high & (1 << MEMORIES[place].width) - 1))

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.add_testbench(watch, background=True)
    sim.run()
    return got, state["whole"]


WORDS = [(place, address, word) for place, memory in enumerate(MEMORIES) for address, word in enumerate(memory.words)]


@pytest.mark.parametrize("more", [b"", b"\0\1\2"])
def test_all_words_come_out_in_order(more):
    assert load(stream(MEMORIES) + more) == (WORDS, 1)


@pytest.mark.parametrize("place", range(len(stream(MEMORIES))))
def test_a_byte_that_is_wrong_is_found(place):
    data = bytearray(stream(MEMORIES))
    data[place] ^= 0x10
    assert not load(bytes(data))[1]


def test_bytes_that_are_missing_are_found():
    assert not load(stream(MEMORIES)[:-1])[1]
