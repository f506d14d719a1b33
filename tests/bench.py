"""One bench for every core: random words under random stalls, each handshake and payload against its twins."""

import random

from amaranth.sim import Simulator

from hw.accelerator import component
from quant import cores
from quant.chain import Link
from quant.timing import Transfers, run
from sim.payload import bits, borders, transform


def pattern(seed: int, rate: float):
    """A stall pattern: in about ``rate`` of all cycles the end does not move."""
    rng, known = random.Random(seed), []

    def moves(cycle: int) -> bool:
        while len(known) <= cycle:
            known.append(rng.random() >= rate)
        return known[cycle]

    return moves


def observe(dut, words: list[int], outputs: int, source, sink, limit: int = 200_000):
    """Feed raw words under stall patterns; cycles of the input transfers, and (cycle, payload) of the outputs."""
    taken, given = [], []

    async def bench(ctx):
        left, offering = list(words), False
        for cycle in range(limit):
            offering = bool(left) and (offering or source(cycle))
            ctx.set(dut.i.valid, offering)
            if offering:
                ctx.set(dut.i.payload.as_value() if hasattr(dut.i.payload, "as_value") else dut.i.payload, left[0])
            ctx.set(dut.o.ready, sink(cycle))
            payload = dut.o.payload.as_value() if hasattr(dut.o.payload, "as_value") else dut.o.payload
            _, _, ready, valid, value = await ctx.tick().sample(dut.i.ready, dut.o.valid, payload)
            if offering and ready:
                taken.append(cycle)
                left.pop(0)
                offering = False
            if valid and sink(cycle):
                given.append((cycle, value & (1 << len(payload)) - 1))
            if len(given) == outputs and not left:
                return
        raise TimeoutError(f"{len(given)} of {outputs} outputs after {limit} cycles")

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return taken, given


def expected(core: cores.Core, words: list[tuple[int, ...]], source, sink) -> tuple[list[int], list[tuple[int, int]]]:
    """What the timing twin and the payload twin predict for a core by itself."""
    outputs = [bits(core, word) for word in transform(core, words)]
    decisions = [word[1] for word in transform(core, words)] if isinstance(core, cores.Readout) else [0] * len(outputs)
    times: Transfers = run([Link("core", core)], words=len(words), outputs=len(outputs), decisions=decisions,
                           source=source, sink=sink)
    return times.inputs, list(zip(times.borders["core"], outputs, strict=True))


def raw(widths: list[int], word: tuple[int, ...]) -> int:
    """An input word on the wires."""
    total = place = 0
    for value, width in zip(word, widths, strict=True):
        total |= (value & (1 << width) - 1) << place
        place += width
    return total


def check(core: cores.Core, widths: list[int], words: list[tuple[int, ...]], *, seed: int = 0, stall: float = 0.0):
    """Simulate a core by itself and compare every transfer's cycle and payload with the twins."""
    source, sink = pattern(seed, stall), pattern(seed + 1, stall)
    predicted = expected(core, words, source, sink)
    measured = observe(component(core), [raw(widths, word) for word in words], len(predicted[1]), source, sink)
    assert measured == predicted
    return measured[1]


__all__ = ["borders", "check", "expected", "observe", "pattern", "raw"]
