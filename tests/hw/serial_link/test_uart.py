# amaranth: UnusedElaboratable=no
import random
from fractions import Fraction
from itertools import accumulate

import pytest
from amaranth.sim import Simulator

from hw.serial_link.uart import Receiver, Transmitter, bit_cycles, cycles_a_bit

IDLE = [1]


def frame(byte, stop=1):
    return [0, *(byte >> i & 1 for i in range(8)), stop]


def levels(bits, cycles_a_bit, phase=0.0):
    """Levels of the line in each clock cycle, from a peer whose bit lasts ``cycles_a_bit`` of our cycles."""
    return [bits[int((cycle + phase) / cycles_a_bit)] for cycle in range(int(len(bits) * cycles_a_bit - phase))]


def decode(line, cycles_a_bit):
    """Bytes on a sampled line, as an ideal peer reads them."""
    got, cycle = [], 0
    while cycle < len(line):
        if line[cycle]:
            cycle += 1
            continue
        bits = [line[cycle + int((k + 0.5) * cycles_a_bit)] for k in range(10)]
        assert (bits[0], bits[9]) == (0, 1)
        got.append(sum(bit << i for i, bit in enumerate(bits[1:9])))
        cycle += round(9.5 * cycles_a_bit)
    return got


def simulate(dut, bench):
    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


def received(line, cycles_a_bit=12, ready=lambda cycle: 1):
    """Bytes that a receiver decodes from a sampled line."""
    dut, got = Receiver(Fraction(cycles_a_bit)), []

    async def bench(ctx):
        for cycle, level in enumerate(line + 4 * int(cycles_a_bit) * IDLE):
            ctx.set(dut.rx, level)
            ctx.set(dut.o.ready, ready(cycle))
            _, _, moves, byte = await ctx.tick().sample(dut.o.valid & dut.o.ready, dut.o.payload)
            got.extend([byte] if moves else [])
    simulate(dut, bench)
    return got


def sent(data, cycles_a_bit):
    """Levels of a transmitter's line in each cycle, from the one in which it takes the first byte."""
    dut, line = Transmitter(Fraction(cycles_a_bit)), []

    async def source(ctx):
        for byte in data:
            ctx.set(dut.i.valid, 1)
            ctx.set(dut.i.payload, byte)
            await ctx.tick().until(dut.i.ready)
        ctx.set(dut.i.valid, 0)

    async def bench(ctx):
        for _ in range(int((len(data) * 10 + 2) * cycles_a_bit)):
            line.append((await ctx.tick().sample(dut.tx))[2])
    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(source)
    sim.add_testbench(bench)
    sim.run()
    return line


LENGTHS = [4, 4.875, 6.1, 8, 25 / 3, 12, 25]  # of a bit in cycles


@pytest.mark.parametrize("cycles_a_bit", LENGTHS)
def test_receiver_reads_back_to_back_bytes(cycles_a_bit):
    data = random.Random(1).randbytes(20)
    bits = IDLE + [bit for byte in data for bit in frame(byte)]
    assert received(levels(bits, cycles_a_bit), cycles_a_bit) == list(data)


@pytest.mark.parametrize("mismatch", [0.98, 1.02])
@pytest.mark.parametrize("cycles_a_bit", [*LENGTHS[:-1], pytest.param(LENGTHS[-1], marks=pytest.mark.long)])
@pytest.mark.parametrize("phase", [0.0, pytest.param(0.5, marks=pytest.mark.long), 0.99])
def test_receiver_tolerates_two_percent_of_clock_mismatch(cycles_a_bit, mismatch, phase):
    data = b"\x00\xff\x55\xaa\x80\x01" + random.Random(1).randbytes(6)
    bits = IDLE + [bit for byte in data for bit in frame(byte)] + IDLE
    assert received(levels(bits, cycles_a_bit * mismatch, phase), cycles_a_bit) == list(data)


@pytest.mark.parametrize("length", [1, 3, 5])
def test_receiver_ignores_a_glitch_shorter_than_half_a_bit(length):
    assert received(12 * IDLE + length * [0] + 8 * IDLE + levels(IDLE + frame(0xA5), 12)) == [0xA5]


def test_receiver_drops_a_byte_without_stop_bit():
    bits = IDLE + frame(0x5A, stop=0) + IDLE + frame(0xC3)
    assert received(levels(bits, 12)) == [0xC3]


def test_receiver_reads_nothing_from_a_broken_line():
    assert received(levels(IDLE + 50 * [0] + IDLE + frame(0x17), 12)) == [0x17]


def test_receiver_holds_a_byte_and_drops_the_next_while_nobody_takes_it():
    bits = IDLE + [bit for byte in b"\x11\x22\x33" for bit in frame(byte)]
    assert received(levels(bits, 12), ready=lambda cycle: cycle > 22 * 12) == [0x11, 0x33]


@pytest.mark.parametrize("cycles_a_bit", [1, *LENGTHS])
def test_transmitter_sends_back_to_back_bytes(cycles_a_bit):
    data = random.Random(1).randbytes(10)
    assert decode(sent(data, cycles_a_bit), cycles_a_bit) == list(data)


def test_transmitter_needs_ten_bits_a_byte():
    line = sent(b"\x00\xff", 12)
    assert [cycle for cycle, (a, b) in enumerate(zip(line, line[1:], strict=False)) if a and not b] == [0, 120]


def test_transmitter_idles_at_one():
    assert set(sent(b"", 12)) == {1}


@pytest.mark.parametrize("length", LENGTHS)
def test_no_edge_of_a_byte_is_more_than_half_a_cycle_off(length):
    edges = list(accumulate(bit_cycles(Fraction(length))))
    assert all(abs(edge - (bit + 1) * length) <= 0.5 for bit, edge in enumerate(edges))
    line = sent(b"\x55\x55", length)
    begins = [cycle + 1 for cycle, (a, b) in enumerate(zip(line, line[1:], strict=False)) if a != b]
    assert [edge - begins[0] for edge in begins[1:11]] == edges


@pytest.mark.parametrize(("clock_hz", "baud", "cycles"), [
    (12e6, 3_000_000, 4), (25e6, 3_000_000, Fraction(25, 3)), (29.25e6, 6_000_000, Fraction(39, 8)),
    (12e6, 115_200, Fraction(625, 6))])
def test_length_of_a_bit(clock_hz, baud, cycles):
    assert cycles_a_bit(clock_hz, baud) == cycles


@pytest.mark.parametrize("baud", [0, 3_000_001])
def test_wrong_baud(baud):
    with pytest.raises(ValueError, match=rf"^Baud rate must be in 1\.\.3000000 for a clock of 12 MHz, not {baud}$"):
        cycles_a_bit(12e6, baud)


def test_receiver_wrong_length():
    with pytest.raises(ValueError, match=r"^Bit must be at least 4 cycles long, not 3\.5$"):
        Receiver(Fraction(7, 2))
