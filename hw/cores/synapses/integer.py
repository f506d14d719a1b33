"""Synapses with weights of several bits."""

from collections.abc import Iterator

from amaranth.hdl import Cat, Const, Module, Value

from quant.dataflow import cores

from .popcount import tree_sum
from .synapses import Synapses


class IntegerSynapses(Synapses):
    """n(t) = the sum over bits k of ``2**k`` times a population count; parts, passes and latency as of `Synapses`.

    Words of block RAM hold two's complement numbers: ``popcount(spiking & bit k)``, of the highest bit negative. Wired
    weights are sign and magnitude: ``popcount(spiking & positive & bit k) - popcount(spiking & negative & bit k)``, of
    the digits that are 1 alone, so that a weight of 0 takes nothing.

    Parameters
    ----------
    core : quant.dataflow.cores.IntegerSynapses

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
    o : ``Out(stream.Signature(sums_layout(core, planes_per_pass)))``
    """

    core: cores.IntegerSynapses

    def _partial_sums(self, m: Module, weights: Value, first_tick: Value, enable: Value) -> list[list[Value]]:
        """As of `Synapses`."""
        core = self.core
        sums: list[list[Value]] = [[] for _ in range(core.channels)]
        for tick, spikes in self._spikes(m, first_tick, enable):
            for channel in range(core.channels):
                sums[channel].append(weighted(self, m, f"{tick}_{channel}", spikes, weights, channel, enable))
        return sums


def weighted(part: Synapses, m: Module, name: str, spikes: Value, weights: Value, channel: int,
             enable: Value) -> Value:
    """Sum of the weights of several bits of a channel over the spikes of its synapses."""
    terms = list(_terms(part, m, name, spikes, weights, channel, enable))
    return tree_sum(terms) if terms else Const(0)


def _terms(part: Synapses, m: Module, name: str, spikes: Value, weights: Value, channel: int,
           enable: Value) -> Iterator[Value]:
    """What each bit of the weights adds to a sum."""
    core = part.core

    def count(kind: str, chosen: Value) -> Value:
        return part._count(m, f"{kind}_{name}", chosen, enable)

    for bit in range(core.bits):
        if isinstance(weights, Const):
            numbers = [core.weight(weights.value, channel, at) for at in range(core.synapses)]
            positive, negative = (Cat(spike for spike, number in zip(spikes, numbers, strict=True)
                                      if sign * number > 0 and abs(number) >> bit & 1) for sign in (1, -1))
            if len(positive) + len(negative):
                yield (count(f"positive{bit}", positive) - count(f"negative{bit}", negative)) << bit
        else:
            plane = weights.word_select(bit, core.synapses * core.channels)
            counted = count(f"bit{bit}", part._select(spikes, plane, channel)) << bit
            yield -counted if bit == core.bits - 1 else counted
