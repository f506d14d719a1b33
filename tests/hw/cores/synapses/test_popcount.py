# amaranth: UnusedElaboratable=no
import random

import pytest
from amaranth.hdl import Cat, Module, Signal
from amaranth.sim import Simulator

from hw.cores.synapses.popcount import popcount
from quant.dataflow import cores
from tests.helpers.cores.said import said


def latency(bits):
    return cores.Synapses(bit_planes=1, lanes=bits, words=1, channels=1, groups=1, planes_per_pass=1,
                          planes_outermost=False, rom=(0,)).adder_stages


def counts(width, words, enabled=None, parts=False):
    """Value of the count after each clock edge; ``parts``: of bits that are no signal of their own."""
    m = Module()
    bits, enable = Signal(width), Signal(init=1)
    count = popcount(m, "count", Cat(*bits) if parts else bits, latency(width), enable)
    seen = []

    async def bench(ctx):
        for index, word in enumerate(words):
            ctx.set(bits, word)
            ctx.set(enable, 1 if enabled is None else enabled[index])
            await ctx.tick()
            seen.append(ctx.get(count))

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize(("width", "registers"), [(1, 1), (7, 1), (8, 2), (28, 2), (29, 3), (112, 3), (113, 4)])
def test_seven_bits_then_four_terms_between_registers(width, registers):
    assert latency(width) == registers


@pytest.mark.parametrize("parts", [False, True])
@pytest.mark.parametrize("width", [1, 2, 3, 7, 8, 9, 15, 16, 17, 26, 63, 64, 65, 100, 513])
def test_counts_ones_of_each_word(width, parts):
    rng = random.Random(width)
    words = [0, (1 << width) - 1, *(rng.getrandbits(width) for _ in range(10))]
    late = latency(width) - 1
    assert counts(width, words + [0] * late, parts=parts)[late:] == [word.bit_count() for word in words]


def test_stands_still_while_disabled():
    assert counts(9, [0x1ff, 0, 0, 7, 0, 0], [1, 0, 1, 0, 1, 1]) == [0, 0, 9, 9, 0, 0]


@pytest.mark.parametrize("stages", [1, 2, 4])
def test_no_bits_count_zero(stages):
    assert popcount(Module(), "count", Cat(), stages, Signal()).value == 0


def test_no_use_of_a_bit_holds_all_of_them():
    m = Module()
    popcount(m, "count", Cat(Signal() for _ in range(1400)), latency(1400), Signal())
    assert said(m) < 10 * 1400
