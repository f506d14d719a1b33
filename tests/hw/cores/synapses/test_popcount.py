# amaranth: UnusedElaboratable=no
import random

import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from hw.cores.synapses.popcount import popcount
from quant.dataflow import cores


def latency(bits):
    return cores.Synapses(bit_planes=1, lanes=bits, words=1, channels=1, groups=1, planes_per_pass=1,
                          planes_outermost=False, rom=(0,)).adder_stages


def counts(width, words, enabled=None, less=None):
    """Value of the count after each clock edge."""
    m = Module()
    bits, enable, taken = Signal(width), Signal(init=1), Signal(range(width + 1))
    count = popcount(m, "count", list(bits), latency(width), enable, less=None if less is None else taken)
    seen = []

    async def bench(ctx):
        for index, word in enumerate(words):
            ctx.set(bits, word)
            ctx.set(taken, less[index] if less else 0)
            ctx.set(enable, 1 if enabled is None else enabled[index])
            await ctx.tick()
            seen.append(ctx.get(count))

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize(("width", "registers"), [(1, 1), (7, 1), (8, 2), (56, 2), (57, 3), (448, 3), (449, 4)])
def test_seven_bits_then_eight_terms_between_registers(width, registers):
    assert latency(width) == registers


@pytest.mark.parametrize("width", [1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 100, 513])
def test_counts_ones_of_each_word(width):
    rng = random.Random(width)
    words = [0, (1 << width) - 1, *(rng.getrandbits(width) for _ in range(10))]
    late = latency(width) - 1
    assert counts(width, words + [0] * late)[late:] == [word.bit_count() for word in words]


def test_stands_still_while_disabled():
    assert counts(9, [0x1ff, 0, 0, 7, 0, 0], [1, 0, 1, 0, 1, 1]) == [0, 0, 9, 9, 0, 0]


@pytest.mark.parametrize("width", [1, 6, 30, 60])
def test_what_is_taken_away(width):
    rng = random.Random(width)
    words = [(rng.getrandbits(width), rng.randrange(width + 1)) for _ in range(10)]
    words += [(0, width), ((1 << width) - 1, 0)]
    late = latency(width) - 1
    lesses = [0] * late + [less for _, less in words]  # an edge before the last stage
    assert counts(width, [bits for bits, _ in words] + [0] * late, less=lesses)[late:] == [
        bits.bit_count() - less for bits, less in words]


@pytest.mark.parametrize("stages", [1, 2, 4])
def test_no_bits_count_zero(stages):
    assert popcount(Module(), "count", [], stages, Signal()) == 0
