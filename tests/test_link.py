# amaranth: UnusedElaboratable=no
import random
import struct

import pytest
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hw.link import Answer, Link, answer_bytes

PIXELS, CLASSES, STEPS, PAUSE = 6, 3, 8, 50
LAYOUT = data.StructLayout({"class_index": range(CLASSES), "tick": range(STEPS + 1),
                            "potentials": data.ArrayLayout(signed(11), CLASSES)})


class Sums(wiring.Component):
    """Stands in for an accelerator: sums the pixels of an image, one every ``1 + busy`` cycles."""

    def __init__(self, busy=0):
        self.busy = busy
        super().__init__({"i": In(stream.Signature(unsigned(8))), "o": Out(stream.Signature(LAYOUT))})

    def elaborate(self, platform):
        m = Module()
        at, total, wait = Signal(range(PIXELS)), Signal(11), Signal(range(self.busy + 1))
        m.d.comb += self.i.ready.eq(~self.o.valid & (wait == 0))
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [at.eq(at + 1), total.eq(total + self.i.payload), wait.eq(self.busy)]
            with m.If(at == PIXELS - 1):
                m.d.sync += [at.eq(0), total.eq(0), self.o.valid.eq(1), self.o.p.class_index.eq(self.i.payload[:1]),
                             self.o.p.tick.eq(STEPS), self.o.p.potentials[0].eq(total + self.i.payload),
                             self.o.p.potentials[1].eq(-1), self.o.p.potentials[2].eq(-1024)]
        return m


def answer(image):
    return struct.pack("<HH3i", image[-1] & 1, STEPS, (sum(image) + 1024) % 2048 - 1024, -1, -1024)


def images(count, seed=0):
    rng = random.Random(seed)
    return [bytes(rng.choices(range(170), k=PIXELS)) for _ in range(count)]


class Bench:
    """Feeds bytes and pauses (a number is that many idle cycles) to a link, and collects what it answers."""

    def __init__(self, *script, busy=0, gap=0, stall=0.0, seed=0):
        self.dut, self.got, self.done = Link(Sums(busy), pixels=PIXELS, pause_cycles=PAUSE), b"", False
        self.script, self.gap, self.stall, self.rng = script, gap, stall, random.Random(seed)
        sim = Simulator(self.dut)
        sim.add_clock(1e-6)
        sim.add_testbench(self.host)
        sim.add_testbench(self.sink)
        sim.run()

    async def host(self, ctx):
        for part in self.script:
            if isinstance(part, int):
                await ctx.tick().repeat(part)
                continue
            for byte in part:
                ctx.set(self.dut.i.payload, byte)
                ctx.set(self.dut.i.valid, 1)
                await ctx.tick()
                ctx.set(self.dut.i.valid, 0)
                if self.gap:
                    await ctx.tick().repeat(self.gap)
        self.done = True

    async def sink(self, ctx):
        quiet = 0
        while quiet < 400:
            ctx.set(self.dut.o.ready, self.rng.random() >= self.stall)
            _, _, moves, valid, byte = await ctx.tick().sample(self.dut.o.valid & self.dut.o.ready, self.dut.o.valid,
                                                               self.dut.o.payload)
            quiet = 0 if valid or not self.done else quiet + 1
            if moves:
                self.got += bytes([byte])
        self.class_index = ctx.get(self.dut.class_index)


def test_an_image_is_answered():
    image = bytes([1, 2, 3, 4, 5, 7])
    assert Bench(image).got == bytes.fromhex("0100 0800 16000000 ffffffff 00fcffff")


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_images_back_to_back_are_answered_in_order(stall):
    sent = images(20)
    assert Bench(*sent, gap=7, stall=stall).got == b"".join(map(answer, sent))


def test_an_image_waits_for_a_slow_accelerator():
    image, = images(1)
    assert Bench(image, busy=20).got == answer(image)


def test_a_pause_drops_an_unfinished_image():
    sent = images(2)
    assert Bench(sent[0][:-1], PAUSE + 2, sent[1]).got == answer(sent[1])


def test_a_shorter_pause_drops_nothing():
    image, = images(1)
    assert Bench(image[:2], PAUSE - 1, image[2:]).got == answer(image)


def test_a_pause_between_images_drops_nothing():
    sent = images(2)
    assert Bench(sent[0], 3 * PAUSE, sent[1]).got == b"".join(map(answer, sent))


def test_a_pause_lets_an_answer_finish():
    sent = images(3)
    assert Bench(sent[0], sent[1][:2], 6 * PAUSE, sent[2], stall=0.9).got == answer(sent[0]) + answer(sent[2])


@pytest.mark.parametrize("busy", range(25, 37))
def test_an_overrun_is_ignored_up_to_a_pause(busy):
    *lost, last = images(12)
    got = Bench(*lost, PAUSE + 2, last, busy=busy, gap=19).got
    answers = [got[at:at + answer_bytes(CLASSES)] for at in range(0, len(got), answer_bytes(CLASSES))]
    assert 1 < len(answers) < 12
    assert answers == [answer(image) for image in lost[:len(answers) - 1]] + [answer(last)]


def test_the_last_class_stays():
    assert Bench(bytes(PIXELS), bytes(PIXELS - 1) + b"\x01", PAUSE).class_index == 1


def test_answer_bytes_count_the_classes():
    assert answer_bytes(10) == 44


def test_answer_wrong_potential():
    layout = data.StructLayout({"class_index": 1, "tick": 4, "potentials": data.ArrayLayout(signed(33), 2)})
    with pytest.raises(ValueError, match="^Potentials must fit 32 bits on the link, not 33$"):
        Answer(layout)


def test_answer_wrong_class_index():
    layout = data.StructLayout({"class_index": 17, "tick": 4, "potentials": data.ArrayLayout(signed(8), 2)})
    with pytest.raises(ValueError, match="^class_index must fit 16 bits on the link, not 17$"):
        Answer(layout)
