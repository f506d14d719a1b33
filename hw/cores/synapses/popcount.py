"""Pipelined sum of bits."""

from amaranth.hdl import Module, Signal, Value

from quant.dataflow.cores import Synapses, ceil_div

from ..widths import narrow

FAN_IN = 2**Synapses.ADDER_LEVELS


def tree_sum(terms: list[Value]) -> Value:
    """Balanced sum: half the width of a running sum, and the depth of its logarithm."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[2 * len(pairs):]
    return terms[0]


def popcount(m: Module, name: str, bits: list[Value], latency: int, enable: Value, *, held: bool = True) -> Value:
    """Number of ones among ``bits``, ``latency`` enabled clock edges later; an edge earlier if the sum is not ``held``.

    Each of the ``latency`` register stages adds at most ``2 ** Synapses.ADDER_LEVELS`` terms, as evenly as they divide;
    ``latency`` stages must suffice for all bits.
    """
    terms, peaks = list(bits), [1] * len(bits)
    for stage in range(latency):
        stages_left = latency - stage - 1
        parts = ceil_div(len(terms), FAN_IN) if stages_left else 1
        size = ceil_div(max(len(terms), 1), max(parts, 1))
        chunks = [slice(at, at + size) for at in range(0, len(terms), size)]
        sums, bounds = [], []
        if terms and not stages_left and not held:
            return tree_sum(terms)
        for index, chunk in enumerate(chunks):
            bound = sum(peaks[chunk])
            part = Signal(range(bound + 1), name=f"{name}_{stage}_{index}")
            with m.If(enable):
                m.d.sync += narrow(part, tree_sum(terms[chunk]))
            sums.append(part)
            bounds.append(bound)
        terms, peaks = sums, bounds
    return terms[0] if terms else 0
