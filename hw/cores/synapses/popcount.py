"""Pipelined sum of bits."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value

from quant.dataflow.cores import Synapses, ceil_div

from ..widths import narrow

FAN_IN = 2**Synapses.ADDER_LEVELS


def tree_sum(terms: list[Value]) -> Value:
    """Balanced sum: half the width of a running sum, and the depth of its logarithm."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs):]
    return terms[0]


def counted(columns: Sequence[Value]) -> list[Value]:
    """Binary digits, the lowest first, of the number of ones at each place of some columns of bits.

    By full adders of single bits: two LUTs of four inputs each, and no carry chain. Of 2**n - 1 columns there is no
    half adder, which takes as much and leaves as many bits as it gets.
    """
    column, digits = list(columns), []
    while column:
        carries = []
        while len(column) > 1:
            a, b, *rest = column
            odd = a ^ b
            if rest:
                column = [*rest[1:], odd ^ rest[0]]
                carries.append(a & b | odd & rest[0])
            else:
                column = [odd]
                carries.append(a & b)
        digits += column
        column = carries
    return digits


def chunks(terms: int, stage: int, latency: int) -> list[slice]:
    """The terms that each sum of a register stage takes, of ``latency`` stages: of the last, all."""
    most = FAN_IN if stage else Synapses.COUNTED
    if not terms:
        return []
    if stage == latency - 1:
        size = terms
    elif stage:
        size = ceil_div(terms, ceil_div(terms, most))
    else:
        size = most
    return [slice(at, at + size) for at in range(0, terms, size)]


def _numbers(m: Module, name: str, bits: Value, enable: Value) -> list[Value]:
    """Numbers of ones among `Synapses.COUNTED` bits each, and among those that are left, in registers.

    The bits of one number are as many places apart as there are numbers, so that all numbers come of a few vectors,
    which a simulator takes as words.
    """
    most, numbers = Synapses.COUNTED, []
    many = len(bits) // most
    for part, width, columns in (("", many, most), ("_rest", 1, len(bits) - many * most)):
        own = bits[many * most:] if part else bits[:many * most]
        digits = []
        for place, digit in enumerate(counted([own[at * width:][:width] for at in range(columns if width else 0)])):
            digits.append(Signal(width, name=f"{name}_0{part}_{place}"))
            with m.If(enable):
                m.d.sync += digits[-1].eq(digit)
        numbers += [Cat(digit[at] for digit in digits) for at in range(width if digits else 0)]
    return numbers


def _neighbours(m: Module, name: str, bits: Value) -> Value:
    """The bits in an order in which neighbours are counted in one number: they come from one place of a device."""
    given, ordered = (Signal(len(bits), name=f"{name}_{which}") for which in ("given", "ordered"))
    most = Synapses.COUNTED
    whole = len(bits) // most * most
    m.d.comb += [given.eq(bits), ordered.eq(Cat(*(given[at:whole:most] for at in range(most)), given[whole:]))]
    return ordered


def popcount(m: Module, name: str, bits: Value, latency: int, enable: Value) -> Value:
    """Number of ones among ``bits``, in a register, ``latency`` enabled clock edges later.

    The first of the ``latency`` register stages counts `Synapses.COUNTED` bits at once, each of the others adds at most
    ``2 ** Synapses.ADDER_LEVELS`` terms, as evenly as they divide; ``latency`` stages must suffice for all bits.
    """
    if len(bits) > Synapses.NARROW and not isinstance(bits, Signal):  # else each use of a bit holds all of them
        bits = _neighbours(m, name, bits)
    terms = _numbers(m, name, bits, enable)
    peaks = [len(range(len(bits))[chunk]) for chunk in chunks(len(bits), 0, 2)]
    for stage in range(1, latency):
        sums, bounds = [], []
        for index, chunk in enumerate(chunks(len(terms), stage, latency)):
            bounds.append(sum(peaks[chunk]))
            sums.append(Signal(range(bounds[-1] + 1), name=f"{name}_{stage}_{index}"))
            with m.If(enable):
                m.d.sync += narrow(sums[-1], tree_sum(terms[chunk]))
        terms, peaks = sums, bounds
    return terms[0] if terms else Const(0)
