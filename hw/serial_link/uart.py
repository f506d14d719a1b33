"""A UART as two stream cores: 8 data bits, least significant first, no parity, one stop bit; the idle line is 1.

Written here because PyPI has no kept Amaranth library with one: the package `amaranth-stdio` there is an empty
placeholder.
"""

from amaranth import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

MIN_DIVISOR = 8  # fewer clock cycles a bit leave no room for the peer's clock error
MAX_ERROR_PERCENT = 2
BYTE_BITS = 10  # start, 8 data, stop


def divisor(clock_hz: float, baud: int) -> int:
    """Number of clock cycles that comes nearest to the length of one bit.

    Raises
    ------
    ValueError
        The clock is slower than 8 cycles a bit, or the nearest whole number is more than 2 % off.
    """
    if not 1 <= baud <= clock_hz / MIN_DIVISOR:
        raise ValueError(f"Baud rate must be in 1..{int(clock_hz / MIN_DIVISOR)} for a clock of {clock_hz / 1e6:g} MHz,"
                         f" not {baud}")
    cycles = round(clock_hz / baud)
    error = abs(clock_hz / cycles - baud) / baud * 100
    if error > MAX_ERROR_PERCENT:
        raise ValueError(f"Baud rate must divide the clock of {clock_hz / 1e6:g} MHz to within {MAX_ERROR_PERCENT} %, "
                         f"not {baud} ({error:.1f} % off); {clock_hz / cycles:.0f} fits")
    return cycles


class Receiver(wiring.Component):
    """Receiver of a UART.

    A start bit that is over by its middle is a glitch and is ignored. A byte without its stop bit is dropped, and the
    line must be idle again before the next. A byte that ends while the last one is still in ``o`` is dropped. Each bit
    is sampled once, in its middle; the peer's clock may be off by 2 % with 8 cycles a bit, by nearly 5 % with many.

    Parameters
    ----------
    divisor : int
        Clock cycles a bit, at least 8; see `divisor`.

    Members
    -------
    rx : In(1)
        Line from a pin; it is synchronised here.
    o : Out(stream.Signature(unsigned(8)))
        Each byte, 2 to 4 cycles after the middle of its stop bit.
    """

    rx: In(1, init=1)
    o: Out(stream.Signature(unsigned(8)))

    def __init__(self, divisor):
        if divisor < MIN_DIVISOR:
            raise ValueError(f"Divisor must be at least {MIN_DIVISOR}, not {divisor!r}")
        self.divisor = divisor
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        rx = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, rx, init=1)
        timer = Signal(range(self.divisor))
        bits = Signal(range(8))
        byte = Signal(8)
        sample = Signal()
        m.d.comb += sample.eq(timer == 0)
        m.d.sync += timer.eq(timer - 1)
        with m.If(sample):
            m.d.sync += timer.eq(self.divisor - 1)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM():
            with m.State("Idle"):
                m.d.sync += timer.eq(self.divisor // 2 - 1)
                with m.If(~rx):
                    m.next = "Start"
            with m.State("Start"):
                m.d.sync += bits.eq(7)
                with m.If(sample):
                    m.next = "Data"
                    with m.If(rx):
                        m.next = "Idle"
            with m.State("Data"):
                with m.If(sample):
                    m.d.sync += [byte.eq(Cat(byte[1:], rx)), bits.eq(bits - 1)]
                    with m.If(bits == 0):
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
    divisor : int
        Clock cycles a bit.

    Members
    -------
    i : In(stream.Signature(unsigned(8)))
        A byte is taken when the line is free, at most every ``10 * divisor`` cycles.
    tx : Out(1)
        Line to a pin; the start bit begins in the cycle after the byte was taken.
    """

    i: In(stream.Signature(unsigned(8)))
    tx: Out(1, init=1)

    def __init__(self, divisor):
        self.divisor = divisor
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        timer = Signal(range(self.divisor))
        bits = Signal(range(BYTE_BITS))  # left after the current one
        rest = Signal(9)
        over = Signal()
        m.d.comb += [over.eq(timer == 0), self.i.ready.eq(over & (bits == 0))]
        with m.If(~over):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(bits != 0):
            m.d.sync += [self.tx.eq(rest[0]), rest.eq(rest >> 1), bits.eq(bits - 1), timer.eq(self.divisor - 1)]
        with m.Elif(self.i.valid):
            m.d.sync += [self.tx.eq(0), rest.eq(Cat(self.i.payload, 1)), bits.eq(BYTE_BITS - 1),
                         timer.eq(self.divisor - 1)]
        return m
