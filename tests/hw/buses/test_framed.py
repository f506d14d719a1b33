# amaranth: UnusedElaboratable=no
"""A core between frames of words, in Amaranth's simulator, against the golden model."""

import random

import pytest
from amaranth.hdl import ClockDomain, Module, ResetSignal, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hw.accelerator import Accelerator
from hw.buses import framed
from hw.buses.crossing import Crossing
from hw.buses.framed import FramedAccelerator
from quant import Conv2d, Dense, Flatten, Network, SingleSpike
from quant.dataflow.folding import parse
from quant.timing.simulation import initiation_interval
from tests.helpers.buses.frames import LONG, SHORT, Frame, frames, results
from tests.helpers.designs import TINY, one_class, one_class_network, tiny

LIMIT = 20_000
PERIODS = {"sync": 1e-6, "core": 2.7e-6}


def strided():
    """A network that does not look at its last row and column."""
    return Network(input_shape=(1, 5, 5), steps=4, layers=(
        Conv2d(weights=[[[[1, -1], [1, 1]]]], neurons=SingleSpike(threshold=[1]), stride=4), Flatten(),
        Dense(weights=[[1], [-1]], neurons=SingleSpike(threshold=[1, 1]))))


class Hasty(wiring.Component):
    """In place of a core: the first of every four pixels is the result, in the cycle after it."""

    layout = b""

    def __init__(self):
        layout = data.StructLayout({"class_index": 8, "tick": 8, "potentials": data.ArrayLayout(signed(8), 1)})
        super().__init__({"i": In(stream.Signature(unsigned(8))), "o": Out(stream.Signature(layout))})

    def elaborate(self, platform):
        m = Module()
        at = Signal(2)
        m.d.comb += self.i.ready.eq((at != 0) | ~self.o.valid)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += at.eq(at + 1)
            with m.If(at == 0):
                m.d.sync += [self.o.valid.eq(1), self.o.p.class_index.eq(self.i.payload)]
        return m


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
    (strided, "1,1,1 2,1,1", 1, 0.4, "sync"), (strided, "1,1,1 1,1,1", 4, 0, "sync"),
    (strided, "1,1,1 2,1,1", 4, 0.4, "core"),
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
    core = Accelerator(strided(), parse("1,1,1 2,1,1"))
    interval, _ = initiation_interval(core.nodes, 25)
    sent = [Frame(bytes([200] * 25)) for _ in range(8)]
    _, cycles, _ = run(FramedAccelerator(core, pixels=25, lanes=1), sent, len(sent), stall=0)
    assert cycles[-1] - cycles[-2] == cycles[-2] - cycles[-3] == interval


@pytest.mark.parametrize("inside", [1, 16])
def test_frames_wait_while_no_result_is_taken(monkeypatch, inside):
    """More than the core, or the errors of frames, have places for."""
    monkeypatch.setattr(framed, "INSIDE", inside)
    dut = FramedAccelerator(one_class(), pixels=2, lanes=1)
    sent = [frame for seed in range(4) for frame in frames(2, seed=seed)]
    got, _, _ = run(dut, sent, len(sent), stall=0, rest=300)
    assert got == expected(one_class_network(), sent)


@pytest.mark.parametrize("domain", ["sync", "core"])
def test_a_result_waits_for_the_errors_of_its_frame(domain):
    sent = frames(4) + frames(4, seed=1)
    got, _, _ = run(FramedAccelerator(Hasty(), pixels=4, lanes=1, domain=domain), sent, len(sent), stall=0.3)
    assert got == [[(frame.pixels[0], frame.errors), (0, frame.errors)] for frame in sent]


def test_no_word_leaves_while_its_domain_is_in_reset():
    m, crossing, reset = Module(), Crossing(8, sink="core"), Signal(init=1)
    m.domains.core = ClockDomain()
    m.submodules.crossing = crossing
    m.d.comb += ResetSignal("core").eq(reset)

    async def bench(ctx):
        await ctx.tick().until(crossing.i.ready)
        ctx.set(crossing.i.valid, 1)
        ctx.set(crossing.i.payload, 77)
        ctx.set(crossing.o.ready, 1)
        await ctx.tick()
        ctx.set(crossing.i.valid, 0)
        for _ in range(20):
            await ctx.tick("core")
            assert not ctx.get(crossing.o.valid)
        ctx.set(reset, 0)
        assert (ctx.get(crossing.o.valid), ctx.get(crossing.o.payload)) == (1, 77)
        await ctx.tick("core")
        assert not ctx.get(crossing.o.valid)

    simulator = Simulator(m)
    for domain, period in PERIODS.items():
        simulator.add_clock(period, domain=domain)
    simulator.add_testbench(bench)
    simulator.run()
