"""Synapses of several window positions of a row at once."""

from amaranth.hdl import Cat, Signal, Value

from quant.dataflow import cores

from .synapses import Synapses


class ColumnSynapses(Synapses):
    """As `Synapses`: each position adds up its own lanes of the window, and all have the same weights, as wires.

    Parameters
    ----------
    core : quant.dataflow.cores.ColumnSynapses

    Members
    -------
    i : ``In(stream.Signature(lanes_layout(core, lanes)))``
    o : ``Out(stream.Signature(sums_layout(core, planes_per_pass)))``
    """

    core: cores.ColumnSynapses

    def _partial_sums(self, m, weights: Value, first_tick: Value, enable: Value) -> list[list[Value]]:
        """As of `Synapses`."""
        core = self.core
        width = core.synapses.bit_length() + 1
        sums: list[list[Value]] = [[] for _ in range(core.channels)]
        for tick, spikes in self._spikes(m, first_tick, enable):
            for position, field in enumerate(core.fields):
                taken = Signal(core.synapses, name=f"taken_{tick}_{position}")
                m.d.comb += taken.eq(Cat(spikes[lane] for lane in field))
                total = self._count(m, f"all_{tick}_{position}", taken, enable)
                for channel in range(core.outputs):
                    output = position * core.outputs + channel
                    positive = self._count(m, f"positive_{tick}_{output}", self._select(taken, weights, channel),
                                           enable)
                    sums[output].append(((positive << 1) - total)[:width].as_signed())
        return sums
