# amaranth: UnusedElaboratable=no
"""A core between frames of words, in Amaranth's simulator, against the golden model."""

import random

import pytest
from amaranth.sim import Simulator

from hw.accelerator import Accelerator
from hw.buses.framed import FramedAccelerator
from quant import Conv2d, Dense, Flatten, Network, SingleSpike
from quant.dataflow.folding import parse
from quant.timing.simulation import initiation_interval
from tests.helpers.buses.frames import LONG, SHORT, Frame, frames, results
from tests.helpers.designs import TINY, one_class, one_class_network, tiny

LIMIT = 20_000
PERIODS = {"sync": 1e-6, "core": 2.7e-6}


def hasty():
    """A network whose last rows and columns nothing looks at: results come before the end of the image."""
    return Network(input_shape=(1, 5, 5), steps=4, layers=(
        Conv2d(weights=[[[[1, -1], [1, 1]]]], neurons=SingleSpike(threshold=[1]), stride=4), Flatten(),
        Dense(weights=[[1], [-1]], neurons=SingleSpike(threshold=[1, 1]))))


def run(dut, sent, count, *, stall, seed=0, rest=0):
    """(words, errors) of the results, the cycle of each, and the strobes; nothing is taken for ``rest`` cycles."""
    lanes, rng = dut.lanes, random.Random(seed)
    words = [(int.from_bytes(frame.pixels[at:at + lanes], "little"), at + lanes == len(frame.pixels))
             for frame in sent for at in range(0, len(frame.pixels), lanes)]
    got, cycles, strobes = [[]], [], {name: 0 for name in ("frames", "short", "long", "results")}
    names = list(strobes)

    async def bench(ctx):
        left, held, offering = list(words), None, False
        for cycle in range(LIMIT):
            offering = bool(left) and (offering or rng.random() >= stall)
            takes = cycle >= rest and rng.random() >= stall
            ctx.set(dut.i.valid, offering)
            if offering:
                ctx.set(dut.i.p.data, left[0][0])
                ctx.set(dut.i.p.last, left[0][1])
            ctx.set(dut.o.ready, takes)
            _, _, ready, valid, word, *seen = await ctx.tick().sample(
                dut.i.ready, dut.o.valid, dut.o.payload, *(getattr(dut, name) for name in names))
            for name, one in zip(names, seen, strict=True):
                strobes[name] += one
            if offering and ready:
                left.pop(0)
                offering = False
            assert held is None or (valid, word) == (1, held)
            held = word if valid and not takes else None
            if valid and takes:
                got[-1].append((word.data, word.errors.short | word.errors.long << 1))
                if word.last:
                    got.append([])
                    cycles.append(cycle)
            if len(cycles) == count and not left:
                return
        raise TimeoutError(f"{len(cycles)} of {count} results after {LIMIT} cycles")

    simulator = Simulator(dut)
    for domain in {"sync", dut.domain}:
        simulator.add_clock(PERIODS[domain], domain=domain)
    simulator.add_testbench(bench)
    simulator.run()
    assert got.pop() == []
    return got, cycles, strobes


def expected(network, sent):
    return [[(word, frame.errors) for word in words]
            for frame, words in zip(sent, results(network, sent), strict=True)]


@pytest.mark.parametrize(("network", "folding", "lanes", "stall", "domain"), [
    (hasty, "1,1,1 2,1,1", 1, 0.4, "sync"), (hasty, "1,1,1 1,1,1", 4, 0, "sync"),
    (hasty, "1,1,1 2,1,1", 4, 0.4, "core"),
    *(pytest.param(tiny, TINY, lanes, stall, domain, marks=pytest.mark.long)
      for lanes in (1, 4) for stall in (0, 0.4) for domain in ("sync", "core"))])
def test_every_frame_has_its_result(network, folding, lanes, stall, domain):
    network = network()
    pixels = network.input_shape[1] * network.input_shape[2]
    sent = frames(pixels, lanes=lanes)
    dut = FramedAccelerator(Accelerator(network, parse(folding)), pixels=pixels, lanes=lanes, domain=domain)
    got, _, strobes = run(dut, sent, len(sent), stall=stall)
    assert got == expected(network, sent)
    assert strobes == {"frames": len(sent), "results": len(sent),
                       "short": sum(frame.errors == SHORT for frame in sent),
                       "long": sum(frame.errors == LONG for frame in sent)}


def test_images_follow_each_other_as_fast_as_without_a_bus():
    core = Accelerator(hasty(), parse("1,1,1 2,1,1"))
    interval, _ = initiation_interval(core.nodes, 25)
    sent = [Frame(bytes([200] * 25)) for _ in range(8)]
    _, cycles, _ = run(FramedAccelerator(core, pixels=25, lanes=1), sent, len(sent), stall=0)
    assert cycles[-1] - cycles[-2] == cycles[-2] - cycles[-3] == interval


def test_frames_wait_while_no_result_is_taken():
    """More than the core and the errors of frames have places for."""
    dut = FramedAccelerator(one_class(), pixels=2, lanes=1)
    sent = [frame for seed in range(4) for frame in frames(2, seed=seed)]
    got, _, _ = run(dut, sent, len(sent), stall=0, rest=300)
    assert got == expected(one_class_network(), sent)
