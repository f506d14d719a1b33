import pytest
from amaranth.sim import Simulator

from hw.serial_link.frames import Mark
from hw.serial_link.request_queue import REFUSED, RequestQueue
from quant.serial_link.coding import coding
from quant.serial_link.contents import PAYLOAD, START
from quant.serial_link.protocol import Error, Request

PIXELS = 6


class Bench:
    """Request queue that takes frames and is read."""

    def __init__(self, script, slots=2):
        self.dut = RequestQueue(pixels=PIXELS, coding=coding(4), slots=slots, stored=True)
        simulator = Simulator(self.dut)
        simulator.add_clock(1e-6)

        async def run(ctx):
            self.ctx = ctx
            await script(self)

        simulator.add_testbench(run)
        simulator.run()

    async def event(self, mark, data=0):
        """Cycles until the next may come."""
        self.ctx.set(self.dut.i.p.mark, mark)
        self.ctx.set(self.dut.i.p.data, data)
        self.ctx.set(self.dut.i.valid, 1)
        await self.ctx.tick().until(self.dut.i.ready)
        self.ctx.set(self.dut.i.valid, 0)
        return 1 + await self._busy()

    async def _busy(self):
        cycles = 0
        while not self.ctx.get(self.dut.i.ready):
            await self.ctx.tick()
            cycles += 1
        return cycles

    async def frame(self, body, mark=Mark.WHOLE):
        for byte in body + bytes(4):
            assert await self.event(Mark.BYTE, byte) == 1
        return await self.event(mark)

    async def release(self):
        self.ctx.set(self.dut.release, 1)
        await self.ctx.tick()
        self.ctx.set(self.dut.release, 0)

    async def read(self, *places):
        """Bytes of the oldest request."""
        got = []
        self.ctx.set(self.dut.enable, 1)
        for place in places:
            self.ctx.set(self.dut.at, place)
            await self.ctx.tick()
            got.append(self.ctx.get(self.dut.data))
        return got

    @property
    def waiting(self):
        return self.ctx.get(self.dut.waiting)


IMAGE = [1, 0, 0o12, 0o34, 0x81]
CLASSIFY = bytes([Request.CLASSIFY, 0x55, *IMAGE])


def test_a_request_lies_in_its_place():
    async def script(bench):
        await bench.frame(CLASSIFY)
        assert bench.waiting
        assert await bench.read(*range(START, PAYLOAD + len(IMAGE))) == list(CLASSIFY)

    Bench(script)


def test_a_byte_takes_a_cycle_and_an_end_two_but_nothing_one():
    async def script(bench):
        assert await bench.frame(CLASSIFY) == 2
        assert await bench.frame(CLASSIFY, Mark.DAMAGED) == 2
        assert await bench.frame(CLASSIFY, Mark.NOTHING) == 1

    Bench(script)


def test_requests_come_in_order():
    async def script(bench):
        for tag in range(7):
            await bench.frame(bytes([Request.IDENTIFY, tag]))
            await bench.frame(bytes([Request.SELF_TEST, tag]))
            for kind in (Request.IDENTIFY, Request.SELF_TEST):
                assert await bench.read(START, START + 1) == [kind, tag]
                await bench.release()
            assert not bench.waiting

    Bench(script)


def test_what_does_not_fit_is_refused_once_and_keeps_nothing():
    async def script(bench):
        for tag in range(5):
            await bench.frame(bytes([Request.CLASSIFY, tag, *IMAGE[:-1], 0x81 + tag]))
        for tag, verdict in enumerate((Request.CLASSIFY, Request.CLASSIFY, REFUSED | Error.OVERRUN)):
            assert await bench.read(START, START + 1) == [verdict, tag]
            if tag < 2:
                assert await bench.read(*range(PAYLOAD, PAYLOAD + len(IMAGE))) == [*IMAGE[:-1], 0x81 + tag]
            await bench.release()
        assert not bench.waiting

    Bench(script)


@pytest.mark.parametrize("cycle", range(5))
def test_a_release_may_come_in_any_cycle_of_another_frames_end(cycle):
    async def script(bench):
        ctx, dut = bench.ctx, bench.dut
        await bench.frame(bytes([Request.IDENTIFY, 1]))
        for byte in (Request.IDENTIFY, 2, 0, 0, 0, 0):
            await bench.event(Mark.BYTE, byte)
        ctx.set(dut.i.p.mark, Mark.WHOLE)
        for now in range(6):
            ctx.set(dut.i.valid, now == 1)
            ctx.set(dut.release, now == cycle)
            await ctx.tick()
        assert bench.waiting
        assert await bench.read(START, START + 1) == [Request.IDENTIFY, 2]
        await bench.release()
        assert not bench.waiting

    Bench(script)


def test_a_place_that_gets_free_in_a_frame_is_the_next_frames():
    async def script(bench):
        await bench.frame(bytes([Request.IDENTIFY, 1]))
        await bench.frame(bytes([Request.IDENTIFY, 2]))
        await bench.event(Mark.BYTE, Request.CLASSIFY)
        await bench.release()
        for byte in CLASSIFY[1:] + bytes(4):
            await bench.event(Mark.BYTE, byte)
        await bench.event(Mark.WHOLE)
        await bench.release()
        assert await bench.read(START, START + 1) == [REFUSED | Error.OVERRUN, 0x55]

    Bench(script)
