"""Synapses of which each channel has inputs of its own."""

from amaranth.hdl import Array, Const, Module, Value

from quant.dataflow import cores

from .. import spike_coding as codes
from ..streams.stream import counter
from .integer import weighted
from .synapses import Synapses


class DepthwiseSynapses(Synapses):
    """n(t) = popcount(spiking & positive) - popcount(spiking & negative) of each channel's own part of the words.

    Weights, passes and latency as of `Synapses`; channel groups change last, as of hidden neurons.

    Parameters
    ----------
    core : quant.dataflow.cores.DepthwiseSynapses
    reload : bool
        As of `Synapses`.

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
    o : ``Out(stream.Signature(sums_layout(core, planes_per_pass)))``
    """

    core: cores.DepthwiseSynapses

    def _group(self, m: Module) -> Value:
        """The channel group of the input word."""
        core, accept = self.core, self.i.valid & self.i.ready
        _, word_last = counter(m, "taken_word", core.words, accept)
        _, pass_last = counter(m, "taken_tick_group", core.plane_groups, accept & word_last)
        group, _ = counter(m, "taken_group", core.groups, accept & word_last & pass_last)
        return group

    def _partial_sums(self, m: Module, weights: Value, first_tick: Value, enable: Value) -> list[list[Value]]:
        """As of `Synapses`."""
        core, group = self.core, self._group(m)
        sums: list[list[Value]] = [[] for _ in range(core.channels)]
        for channel in range(core.channels):
            taken = [core.taken(output) for output in range(channel, core.channels * core.groups, core.channels)]
            lanes = [Array(self.i.payload[lane] for lane in choice)[group] if core.groups > 1 else
                     self.i.payload[choice[0]] for choice in zip(*taken, strict=True)]
            for tick in range(core.planes_per_pass):
                now = tick if core.plane_groups == 1 else first_tick + tick
                spikes = self._taken(m, enable, f"{tick}_{channel}", (codes.spikes(core, lane, now) for lane in lanes))
                sums[channel].append(self._sum(m, f"{tick}_{channel}", spikes, weights, channel, enable))
        return sums

    def _sum(self, m: Module, name: str, spikes: Value, weights: Value, channel: int, enable: Value) -> Value:
        """Sum of the weights of a channel over the spikes of its synapses."""
        opposite = Const(~weights.value, len(weights)) if isinstance(weights, Const) else ~weights
        positive, negative = (
            self._count(m, f"{kind}_{name}", self._select(spikes, chosen, channel), enable)
            for kind, chosen in (("positive", weights), ("negative", opposite)))
        return positive - negative


class IntegerDepthwiseSynapses(DepthwiseSynapses):
    """As `DepthwiseSynapses`, with weights of several bits as those of `integer.IntegerSynapses`.

    Parameters
    ----------
    core : quant.dataflow.cores.IntegerDepthwiseSynapses

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
    o : ``Out(stream.Signature(sums_layout(core, planes_per_pass)))``
    """

    core: cores.IntegerDepthwiseSynapses

    def _sum(self, m: Module, name: str, spikes: Value, weights: Value, channel: int, enable: Value) -> Value:
        """As of `DepthwiseSynapses`."""
        return weighted(self, m, name, spikes, weights, channel, enable)
