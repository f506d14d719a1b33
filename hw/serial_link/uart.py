"""A UART as two stream cores: 8 data bits, least significant first, no parity, one stop bit; the idle line is 1.

Written here because PyPI has no kept Amaranth library with one: the package `amaranth-stdio` there is an empty
placeholder.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from amaranth import Cat, Const, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

MIN_CYCLES = 4  # clock cycles a bit; with fewer a sample may lie too far from the middle of its bit
BYTE_BITS = 10  # start, 8 data, stop


def cycles_a_bit(clock_hz: float, baud: int) -> Fraction:
    """Length of a bit in clock cycles, no whole number in general.

    Raises
    ------
    ValueError
        The clock has fewer than 4 cycles a bit.
    """
    if not 1 <= baud <= clock_hz / MIN_CYCLES:
        raise ValueError(f"Baud rate must be in 1..{int(clock_hz / MIN_CYCLES)} for a clock of {clock_hz / 1e6:g} MHz,"
                         f" not {baud}")
    return Fraction(clock_hz) / baud


def bit_cycles(length: Fraction) -> list[int]:
    """Cycles of each bit of a byte, so that no edge is more than half a cycle off."""
    edges = [round(bit * length) for bit in range(BYTE_BITS + 1)]
    return [end - begin for begin, end in pairwise(edges)]


def _reload(bit: Value, cycles: Sequence[int]) -> Value:
    """What a timer that ends at 0 begins with in a bit."""
    longer = sum((count > min(cycles)) << place for place, count in enumerate(cycles))
    return min(cycles) - 1 + Const(longer, 1 << len(bit)).bit_select(bit, 1)


class Receiver(wiring.Component):
    """Receiver of a UART.

    A start bit that is over by its middle is a glitch and is ignored. A byte without its stop bit is dropped, and the
    line must be idle again before the next. A byte that ends while the last one is still in ``o`` is dropped. Each bit
    is sampled once, at most a cycle from its middle: the peer's clock may be off by 2 % with 4 cycles a bit, by nearly
    5 % with many.

    Parameters
    ----------
    length : Fraction
        Clock cycles a bit, at least 4; see `cycles_a_bit`.

    Members
    -------
    rx : In(1)
        Line from a pin; it is synchronised here.
    o : Out(stream.Signature(unsigned(8)))
        Each byte, 2 to 4 cycles after the middle of its stop bit.
    """

    rx: In(1, init=1)
    o: Out(stream.Signature(unsigned(8)))

    def __init__(self, length):
        if length < MIN_CYCLES:
            raise ValueError(f"Bit must be at least {MIN_CYCLES} cycles long, not {float(length):g}")
        self.length = length
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        rx = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, rx, init=1)
        # The middle of bit n is at (n + 1/2) * length, and the edge was seen half a cycle late on average.
        middles = [math.floor((bit + Fraction(1, 2)) * self.length) for bit in range(BYTE_BITS)]
        cycles = [end - begin for begin, end in pairwise(middles)]  # between samples
        timer = Signal(range(max(*cycles, middles[0])))
        bits = Signal(range(BYTE_BITS))  # the next to sample
        byte = Signal(8)
        sample = Signal()
        m.d.comb += sample.eq(timer == 0)
        m.d.sync += timer.eq(timer - 1)
        with m.If(sample):
            m.d.sync += [timer.eq(_reload(bits, cycles)), bits.eq(bits + 1)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM():
            with m.State("Idle"):
                m.d.sync += [timer.eq(middles[0] - 1), bits.eq(0)]
                with m.If(~rx):
                    m.next = "Start"
            with m.State("Start"):
                with m.If(sample):
                    m.next = "Data"
                    with m.If(rx):
                        m.next = "Idle"
            with m.State("Data"):
                with m.If(sample):
                    m.d.sync += byte.eq(Cat(byte[1:], rx))
                    with m.If(bits == 8):
                        m.next = "Stop"
            with m.State("Stop"):
                with m.If(sample):
                    m.next = "Broken"
                    with m.If(rx):
                        m.next = "Idle"
                        with m.If(~self.o.valid | self.o.ready):
                            m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(byte)]
            with m.State("Broken"):
                with m.If(rx):
                    m.next = "Idle"
        return m


class Transmitter(wiring.Component):
    """Transmitter of a UART.

    Parameters
    ----------
    length : Fraction
        Clock cycles a bit, at least 1.

    Members
    -------
    i : In(stream.Signature(unsigned(8)))
        A byte is taken when the line is free, at most every ``round(10 * length)`` cycles.
    tx : Out(1)
        Line to a pin; the start bit begins in the cycle after the byte was taken.
    """

    i: In(stream.Signature(unsigned(8)))
    tx: Out(1, init=1)

    def __init__(self, length):
        self.length = length
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        cycles = bit_cycles(self.length)
        timer = Signal(range(max(cycles)))
        bits = Signal(range(BYTE_BITS))  # left after the current one
        rest = Signal(9)
        over = Signal()
        m.d.comb += [over.eq(timer == 0), self.i.ready.eq(over & (bits == 0))]
        with m.If(~over):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(bits != 0):
            m.d.sync += [self.tx.eq(rest[0]), rest.eq(rest >> 1), bits.eq(bits - 1),
                         timer.eq(_reload(bits, [cycles[-1], *reversed(cycles[1:])]))]
        with m.Elif(self.i.valid):
            m.d.sync += [self.tx.eq(0), rest.eq(Cat(self.i.payload, 1)), bits.eq(BYTE_BITS - 1),
                         timer.eq(cycles[0] - 1)]
        return m
