"""Stored images in words of several values, alone and behind the serial link."""

from amaranth.sim import Simulator

from hw.serial_link.stored_words import StoredWords
from quant import Conv2d, Dense, Flatten, Network, Phase, Rate, SingleSpike
from quant.dataflow.folding import parse
from quant.serial_link.protocol import Request, frame
from tests.helpers.serial_link.endpoint_bench import Bench, classify, held, images, model

TIMES = Network(input_shape=(1, 3, 6), steps=3, layers=(
    Conv2d(weights=[[[[1, -1, 1]] * 3], [[[1, 1, -1], [1, 1, 1], [-1, 1, 1]]]],
           neurons=SingleSpike(threshold=[1, 2])),
    Flatten(), Dense(weights=[[1, -1] * 4, [1] * 8, [-1, 1] * 4], neurons=SingleSpike(threshold=[2, 3, 2]))))
NUMBERS = Network(input_shape=(2, 2, 4), steps=2, coding="direct", readout="potential", layers=(
    Conv2d(weights=[[[[1, -1], [1, 1]], [[1, 1], [-1, 1]]]], neurons=Phase(threshold=[90]), stride=2),
    Flatten(), Dense(weights=[[1, -1], [1, 1]], neurons=Rate(threshold=[2, 3]))))
WIDE = {"spike times": (TIMES, "2,9,3,2 3,1,1"), "pixels": (NUMBERS, "1,8,8,4 2,1,1")}


def streamed(contents, requests, stall):
    """Words of each cycle that moved, for requests of so many images, one after the other."""
    dut, seen = StoredWords(contents), []

    async def bench(ctx):
        cycle = 0
        for number in requests:
            ctx.set(dut.images, number)
            ctx.set(dut.start, 1)
            started, got = cycle, 0
            while got < number * len(contents.words) // len(contents.stored):
                ctx.set(dut.o.ready, cycle % stall == 0)
                _, _, valid, ready, word = await ctx.tick().sample(dut.o.valid, dut.o.ready, dut.o.payload.as_value())
                ctx.set(dut.start, 0)
                if valid and ready:
                    seen.append((cycle - started, word))
                    got += 1
                cycle += 1
            ctx.set(dut.o.ready, 1)
            for _ in range(4):
                assert not (await ctx.tick().sample(dut.o.valid))[2]
                cycle += 1

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


def test_images_come_in_turn_with_no_gap_three_cycles_after_the_start():
    contents = held(TIMES, parse(WIDE["spike times"][1]))
    seen = streamed(contents, [2, 7], 1)
    words = len(contents.words) // 3
    assert [cycle for cycle, _ in seen] == [*range(3, 3 + 2 * words), *range(3, 3 + 7 * words)]
    assert [word for _, word in seen] == [*contents.words[:2 * words], *(contents.words * 3)[:7 * words]]


def test_a_stall_loses_no_word():
    contents = held(NUMBERS, parse(WIDE["pixels"][1]))
    assert [word for _, word in streamed(contents, [3], 3)] == list(contents.words)


def test_a_word_has_as_many_values_as_the_core_takes():
    contents = held(NUMBERS, parse(WIDE["pixels"][1]))
    pixels = b"".join(vector.pixels for vector in contents.stored)
    assert b"".join(word.to_bytes(8, "little") for word in contents.words) == pixels


def check(name):
    network, folding = WIDE[name][0], parse(WIDE[name][1])
    holds = held(network, folding)
    sent = images(3, holds.pixels, seed=1)
    bodies = [classify(sent[0], 1, network), bytes([Request.COUNT, 2, 1, 0]), classify(sent[1:], 3, network),
              bytes([Request.COUNT, 4, 10, 0]), bytes([Request.SELF_TEST, 5]), classify(sent[0], 6, network)]
    for part in (bodies[:3], bodies[3:]):
        script = b"".join(map(frame, part))
        Bench(script, network=network, folding=folding, holds=holds,
              expected=model(network, folding, holds).feed(script))
    return holds


def test_a_core_that_takes_several_values_answers_as_the_model():
    assert check("spike times").lanes == 2


def test_a_core_that_takes_several_pixels_answers_as_the_model():
    assert check("pixels").lanes == 8
