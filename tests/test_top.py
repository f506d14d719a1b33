# amaranth: UnusedElaboratable=no
import struct

from amaranth.sim import Simulator

from hw.accelerator import Accelerator
from hw.link import answer_bytes
from hw.top import SerialAccelerator
from quant import Dense, Flatten, Network, SingleSpike, Step
from quant.folding import folded

NETWORK = Network(input_shape=(1, 1, 3), steps=4, layers=(Flatten(), Dense(
    weights=[[1, 1, 1], [1, -1, 1], [-1, -1, -1]], neurons=SingleSpike(threshold=(2, 2, 2), psp=Step()))))
CYCLES_A_BIT = 8


def test_an_image_goes_over_the_line_and_its_answer_comes_back():
    device = SerialAccelerator(Accelerator(NETWORK, folded(NETWORK)), pixels=3, clock_hz=8e6, baud=1_000_000)
    line = []

    async def host(ctx):
        for byte in (255, 0, 130):  # spikes at ticks 0, never and 1
            for bit in (0, *(byte >> k & 1 for k in range(8)), 1):
                ctx.set(device.rx, bit)
                await ctx.tick().repeat(CYCLES_A_BIT)

    async def monitor(ctx):
        for _ in range((3 + answer_bytes(3) + 3) * 10 * CYCLES_A_BIT):
            line.append((await ctx.tick().sample(device.tx))[2])
        assert ctx.get(device.class_index) == 0

    sim = Simulator(device)
    sim.add_clock(1 / 8e6)
    sim.add_testbench(host)
    sim.add_testbench(monitor)
    sim.run()
    bits = line[line.index(0) + CYCLES_A_BIT // 2::CYCLES_A_BIT]
    frames = [bits[at:at + 10] for at in range(0, 10 * answer_bytes(3), 10)]
    assert all((frame[0], frame[9]) == (0, 1) for frame in frames)
    answer = bytes(sum(bit << k for k, bit in enumerate(frame[1:9])) for frame in frames)
    assert struct.unpack("<HH3i", answer) == (0, 1, 2, 2, -2)
