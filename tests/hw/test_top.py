# amaranth: UnusedElaboratable=no
from dataclasses import replace

import pytest
from amaranth.sim import Simulator

from hw import top
from quant.dataflow.folding import folded
from quant.serial_link.protocol import Deframer, Request, frame
from tests.helpers.serial_link.endpoint_bench import NETWORK, classify, held, images, model

CYCLES_A_BIT = 8


def device():
    holds = held()
    return top.device(NETWORK, folded(NETWORK), replace(holds, identity=replace(
        holds.identity, clock_hz=8_000_000, baud=1_000_000)))


def through_the_pins(device, sent, response):
    """Send bytes over the pin; as many bytes that come back as ``response`` has, and the last class."""
    got, state = b"", {}

    async def host(ctx):
        for byte in sent:
            for bit in (0, *(byte >> k & 1 for k in range(8)), 1):
                ctx.set(device.rx, bit)
                await ctx.tick().repeat(CYCLES_A_BIT)

    async def monitor(ctx):
        nonlocal got
        while len(got) < len(response):
            while (await ctx.tick().sample(device.tx))[2]:
                pass
            await ctx.tick().repeat(CYCLES_A_BIT // 2)
            bits = []
            for _ in range(9):
                bits.append((await ctx.tick().repeat(CYCLES_A_BIT), ctx.get(device.tx))[1])
            assert bits[8] == 1
            got += bytes([sum(bit << k for k, bit in enumerate(bits[:8]))])
        state["class"] = ctx.get(device.class_index)

    simulator = Simulator(device)
    simulator.add_clock(1 / 8e6)
    simulator.add_testbench(host)
    simulator.add_testbench(monitor)
    simulator.run()
    return got, state["class"]


def test_requests_go_over_the_link_and_their_responses_come_back():
    dut = device()
    sent = b"".join(map(frame, (bytes([Request.IDENTIFY, 0x7E]), bytes([Request.COUNT, 1, 2, 0]),
                                bytes([Request.SELF_TEST, 2]), classify(images(1)[0], 3))))
    response = model(holds=dut.link.contents).feed(sent)
    got, class_index = through_the_pins(dut, sent, response)
    assert got == response
    assert class_index == list(Deframer(1000).feed(response))[-1][2]


def test_wrong_baud():
    holds = held()
    fast = replace(holds, identity=replace(holds.identity, baud=4_000_000))
    with pytest.raises(ValueError, match=r"^Baud rate must be in 1\.\.3000000 for a clock of 12 MHz, not 4000000$"):
        top.device(NETWORK, folded(NETWORK), fast)
