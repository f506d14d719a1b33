"""Bench of a single core: random words under random stalls, each transfer compared with timing and data model."""

import random
from collections.abc import Iterator, Sequence

import pytest
from amaranth.hdl import Shape, Value
from amaranth.lib import data, wiring
from amaranth.sim import Simulator

from hw.accelerator import component
from quant.dataflow import cores
from quant.dataflow.chain import Node
from quant.timing.simulation import TransferCycles, always, run
from sim.cycle.payload import transform
from sim.cycle.wires import bits

RATES = (0.0, 0.3, 0.7)  # of cycles in which an end stalls
every_stall = pytest.mark.parametrize("stall", [rate if rate != 0.3 else pytest.param(rate, marks=pytest.mark.long)
                                                for rate in RATES])
LIMIT = 200_000  # cycles; a model that is still not done hangs
Word = tuple[int, ...]


def spike_times(count: int, lanes: int, steps: int, seed: int = 0) -> list[Word]:
    """``count`` random words of ``lanes`` spike times, never among them."""
    rng = random.Random(seed)
    return [tuple(rng.randint(0, steps) for _ in range(lanes)) for _ in range(count)]


def pattern(seed: int, rate: float):
    """A stall pattern: in about ``rate`` of all cycles the end does not move."""
    rng, known = random.Random(seed), []

    def moves(cycle: int) -> bool:
        while len(known) <= cycle:
            known.append(rng.random() >= rate)
        return known[cycle]

    return moves


def observe(dut, words: list[int], outputs: int, source=always, sink=always, *, monitors=(), limit: int = 20_000):
    """Feed raw words under stall patterns; cycles of the input transfers, and (cycle, payload) of the outputs.

    Asserts that a stalled output keeps its word.
    """
    taken, given = [], []
    i_payload, o_payload = Value.cast(dut.i.payload), Value.cast(dut.o.payload)

    async def bench(ctx):
        left, offering, stalled = list(words), False, None
        for cycle in range(limit):
            offering = bool(left) and (offering or source(cycle))
            ctx.set(dut.i.valid, offering)
            if offering:
                ctx.set(i_payload, left[0])
            ctx.set(dut.o.ready, sink(cycle))
            _, _, ready, valid, value = await ctx.tick().sample(dut.i.ready, dut.o.valid, o_payload)
            if offering and ready:
                taken.append(cycle)
                left.pop(0)
                offering = False
            assert stalled is None or (valid, value) == (1, stalled)
            stalled = value if valid and not sink(cycle) else None
            if valid and sink(cycle):
                given.append((cycle, value & (1 << len(o_payload)) - 1))
            if len(given) >= outputs and not left:
                return
        raise TimeoutError(f"{len(given)} of {outputs} outputs after {limit} cycles")

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    for monitor in monitors:
        simulator.add_testbench(monitor, background=True)
    simulator.run()
    return taken, given


def leaves(shape) -> Iterator[Shape]:
    """Shapes of the integers of a payload, lowest first."""
    if isinstance(shape, data.Layout):
        for _, field in shape:
            yield from leaves(field.shape)
    else:
        yield Shape.cast(shape)


def payload_shape(port: wiring.PureInterface):
    return port.signature.members["payload"].shape


def raw(shape, word: Sequence[int]) -> int:
    """Integers as they stand on the wires."""
    total = place = 0
    for value, leaf in zip(word, leaves(shape), strict=True):
        total |= (value & (1 << leaf.width) - 1) << place
        place += leaf.width
    return total


def split(shape, value: int) -> Word:
    """The integers that stand on the wires."""
    word = []
    for leaf in leaves(shape):
        number = value & (1 << leaf.width) - 1
        word.append(number - (1 << leaf.width) if leaf.signed and number >> leaf.width - 1 else number)
        value >>= leaf.width
    return tuple(word)


def respond(core: cores.Core, words: Sequence[Word], outputs: int) -> list[Word]:
    """The first ``outputs`` words that the hardware gives for ``words``; no model is asked."""
    dut = component(core)
    _, given = observe(dut, [raw(payload_shape(dut.i), word) for word in words], outputs)
    return [split(payload_shape(dut.o), value) for _, value in given]


def cycles(core: cores.Core, words: Sequence[Word], outputs: int) -> tuple[list[int], list[int]]:
    """Cycles of the hardware's input and output transfers, nothing stalled; no model is asked."""
    dut = component(core)
    taken, given = observe(dut, [raw(payload_shape(dut.i), word) for word in words], outputs)
    return taken, [cycle for cycle, _ in given]


def expected(core: cores.Core, words: Sequence[Word], source, sink) -> tuple[list[int], list[tuple[int, int]]]:
    """Transfers of a single core by its timing model and its data model."""
    outputs = list(transform(core, words))
    decisions = [word[1] for word in outputs] if isinstance(core, cores.Readout) else []
    times: TransferCycles = run([Node("core", core)], words=len(words), outputs=len(outputs), decisions=decisions,
                           source=source, sink=sink, limit=LIMIT)
    return times.inputs, list(zip(times.borders["core"], [bits(core, word) for word in outputs], strict=True))


def check(core: cores.Core, words: Sequence[Word], *, seed: int = 0, stall: float = 0.0) -> None:
    """Simulate a core by itself and compare every transfer's cycle and payload with the models."""
    source, sink = pattern(seed, stall), pattern(seed + 1, stall)
    predicted = expected(core, words, source, sink)
    dut = component(core)
    measured = observe(dut, [raw(payload_shape(dut.i), word) for word in words], len(predicted[1]), source, sink)
    assert measured == predicted
