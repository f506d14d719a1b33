import random

import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from hw.cores.streams.fork import Fork
from quant.dataflow import cores
from quant.description.spike_coding import Binary
from tests.helpers.clocked.shortcut import ClockedFork

CORE = cores.Fork(bit_planes=4, spike_coding=Binary, lanes=2, depth=4)
RATES = [(1.0, 1.0, 1.0), (0.8, 0.8, 0.3), (0.3, 0.9, 0.9), (0.9, 0.3, 0.9), (1.0, 1.0, 0.0), (1.0, 0.5, 0.2)]


def simulate(core, rates, cycles=400, seed=0):
    """Words taken and given at both outputs; every handshake is compared with the clocked model."""
    rng, dut, timing = random.Random(seed), Fork(core), ClockedFork(core)
    taken, given, brought = [], [], []

    async def bench(ctx):
        word = rng.randrange(256)
        for _ in range(cycles):
            i_valid, o_ready, s_ready = (rng.random() < rate for rate in rates)
            for port, flag in ((dut.i.valid, i_valid), (dut.o.ready, o_ready), (dut.shortcut.ready, s_ready)):
                ctx.set(port, flag)
            ctx.set(Value.cast(dut.i.payload), word)
            _, _, ready, valid, shown, out, kept = await ctx.tick().sample(
                dut.i.ready, dut.o.valid, dut.shortcut.valid, Value.cast(dut.o.payload),
                Value.cast(dut.shortcut.payload))
            assert (ready, valid, shown) == (timing.ready(o_ready), timing.valid, timing.shown > 0)
            moved = i_valid and bool(ready)
            if valid and o_ready:
                given.append(out)
            take = bool(shown) and s_ready
            if take:
                brought.append(kept)
            if moved:
                taken.append(word)
                word = rng.randrange(256)
            timing.clock(moved, o_ready)
            timing.take(take)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return taken, given, brought


@pytest.mark.parametrize("rates", RATES, ids=str)
@pytest.mark.parametrize("depth", [4, 8, 16])
def test_both_outputs_give_every_word_in_its_cycle(rates, depth):
    taken, given, brought = simulate(cores.Fork(bit_planes=4, spike_coding=Binary, lanes=2, depth=depth), rates)
    assert given == taken[:len(given)]
    assert brought == taken[:len(brought)]
    assert len(taken) == depth if rates[2] == 0 else len(taken) > 3 * depth
    assert 0 <= len(taken) - len(given) <= 1


def test_a_full_ring_stops_the_words():
    taken, given, brought = simulate(CORE, (1.0, 1.0, 0.0), cycles=30)
    assert (len(taken), given, brought) == (4, taken, [])


def test_a_word_is_shown_two_cycles_after_its_transfer():
    timing, shown = ClockedFork(CORE), []
    for cycle in range(4):
        shown.append(timing.shown)
        timing.clock(cycle == 0, True)
    assert shown == [0, 0, 1, 1]
