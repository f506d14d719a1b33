import random

import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from hw.cores.synapses.join import Join
from quant.dataflow import cores
from quant.description.spike_coding import Binary, Times, Trains
from sim.cycle.payload import transform
from sim.cycle.wires import bits
from tests.helpers.clocked.shortcut import ClockedFork, ClockedJoin
from tests.helpers.cores.bench import payload_shape, raw, split

CORES = {
    "numbers": cores.Join(bit_planes=4, spike_coding=Binary, channels=2, groups=3, ticks=1, words=4,
                          gains=(1, 5, 3, 7, 1, 2), shift=2, before=9, input_bound=36 + 7 * 15),
    "numbers, one word": cores.Join(bit_planes=2, spike_coding=Binary, channels=1, groups=1, ticks=1, words=1,
                                    gains=(9,), shift=0, before=1, input_bound=28),
    "trains": cores.Join(bit_planes=5, spike_coding=Trains, channels=2, groups=2, ticks=2, words=3, gains=(4, 2, 3, 9),
                         shift=1, before=6, input_bound=21),
    "trains, all ticks": cores.Join(bit_planes=3, spike_coding=Trains, channels=2, groups=1, ticks=3, words=1,
                                    gains=(4, 2), shift=0, before=6, input_bound=10),
    "times": cores.Join(bit_planes=5, spike_coding=Times, channels=1, groups=2, ticks=3, words=2, gains=(4, 2), shift=3,
                        before=6, input_bound=52),
}
RATES = [(1.0, 1.0, 1.0), (0.9, 0.4, 0.9), (0.4, 0.9, 0.9), (0.9, 0.9, 0.4)]


def simulate(core, words, shortcut, rates, seed=0):
    """Output words; every handshake is compared with the clocked model, behind a fork that always has room."""
    rng, dut, given = random.Random(seed), Join(core), []
    fork = ClockedFork(cores.Fork(bit_planes=1, lanes=1, depth=2**20))
    timing = ClockedJoin(core, fork)

    async def bench(ctx):
        left, brought = list(words), list(shortcut)
        for _ in range(3000):
            i_valid, new, o_ready = (rng.random() < rate for rate in rates)
            shows = fork.shown > 0
            ctx.set(dut.i.valid, bool(left) and i_valid)
            ctx.set(dut.shortcut.valid, shows)
            ctx.set(dut.o.ready, o_ready)
            if left:
                ctx.set(Value.cast(dut.i.payload), raw(payload_shape(dut.i), left[0]))
            if brought:
                ctx.set(Value.cast(dut.shortcut.payload), raw(payload_shape(dut.shortcut), brought[0]))
            _, _, ready, valid, takes, out = await ctx.tick().sample(
                dut.i.ready, dut.o.valid, dut.shortcut.ready, Value.cast(dut.o.payload))
            assert (ready, valid) == (timing.ready(o_ready), timing.valid)
            if valid and o_ready:
                given.append(split(payload_shape(dut.o), out))
            moved = bool(left) and i_valid and bool(ready)
            fork.clock(new and len(brought) > fork.held, True)
            held = fork.held
            timing.clock(moved, o_ready)
            assert held - fork.held == takes
            left, brought = left[moved:], brought[takes:]
            if len(given) == len(words):
                return
        raise TimeoutError(f"{len(given)} of {len(words)}")

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return given


@pytest.mark.parametrize("rates", RATES, ids=str)
@pytest.mark.parametrize("name", CORES)
def test_agrees_with_models(name, rates):
    core, rng = CORES[name], random.Random(1)
    values = range(core.bit_planes + 1) if core.spike_coding is Times else range(2**core.bit_planes)
    shortcut = [tuple(rng.choice(values) for _ in range(core.channels)) for _ in range(4 * core.groups)]
    words = [tuple(rng.randint(-core.before, core.before) for _ in range(core.channels * core.ticks))
             for _ in range(len(shortcut) * core.words)]
    expected = list(transform(core, words, shortcut))
    found = simulate(core, words, shortcut, rates)
    assert [bits(core, word) for word in found] == [bits(core, word) for word in expected]


def test_sums_by_hand():
    """Gains 4 and 2, of trains 011 and 100 (bit t is tick t)."""
    (word,) = simulate(CORES["trains, all ticks"], [(1, 2, 3, -1, -2, -3)], [(0b011, 0b100)], RATES[0])
    assert word == (5, 6, 3, -1, -2, -1)
    (word,) = simulate(CORES["numbers, one word"], [(-1,)], [(3,)], RATES[0])
    assert word == (26,)
