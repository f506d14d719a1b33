"""Pipelined sum of bits."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, Value

from quant.dataflow.cores import Synapses, ceil_div

from ..widths import narrow

FAN_IN = 2**Synapses.ADDER_LEVELS


def tree_sum(terms: list[Value]) -> Value:
    """Balanced sum: half the width of a running sum, and the depth of its logarithm."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs):]
    return terms[0]


def counted(bits: Sequence[Value]) -> Value:
    """Number of ones among bits, by full adders of single bits: two LUTs of four inputs each, and no carry chain.

    Of 2**n - 1 bits there is no half adder, which takes as much and leaves as many bits as it gets.
    """
    column, digits = list(bits), []
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
    return Cat(*digits)


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


def popcount(m: Module, name: str, bits: list[Value], latency: int, enable: Value, *, held: bool = True,
             less: Value | None = None) -> Value:
    """Number of ones among ``bits``, ``latency`` enabled clock edges later; an edge earlier if the sum is not ``held``.

    The first of the ``latency`` register stages counts `Synapses.COUNTED` bits at once, each of the others adds at most
    ``2 ** Synapses.ADDER_LEVELS`` terms, as evenly as they divide; ``latency`` stages must suffice for all bits.
    ``less``, which comes an edge before the last stage, is taken away from the number.
    """
    terms, peaks = list(bits), [1] * len(bits)
    for stage in range(latency):
        last = stage == latency - 1
        sums, bounds = [], []
        for index, chunk in enumerate(chunks(len(terms), stage, latency)):
            added = tree_sum(terms[chunk]) if stage else counted(terms[chunk])
            bound = sum(peaks[chunk])
            shape = Signal(range(bound + 1)).shape()
            if last and less is not None:
                added, shape = added - less, Signal(range(-bound, bound + 1)).shape()
            if last and not held:
                return added
            part = Signal(shape, name=f"{name}_{stage}_{index}")
            with m.If(enable):
                m.d.sync += narrow(part, added)
            sums.append(part)
            bounds.append(bound)
        terms, peaks = sums, bounds
    return terms[0] if terms else 0
