"""The end of a shortcut."""

from amaranth.hdl import Array, Const, Module, Mux, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from ...names import flags
from ..registers import kept
from ..spike_coding import spikes
from ..streams.stream import counter, lanes_layout
from ..widths import narrow


class Join(wiring.Component):
    """Adds to each ``n(t) << shift`` what the shortcut gives in tick t, a spike or a number, times its channel's gain.

    A word moves when it and the shortcut's word of its channel group are there; its sums are valid three cycles later:
    what a block RAM gives, what is multiplied, and the product have registers of their own. The last word of a group
    takes the shortcut's word away.

    Parameters
    ----------
    core : quant.dataflow.cores.Join

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(ArrayLayout(signed(taken_width), ticks), channels)))``
        ``words`` words a channel group.
    shortcut : ``In(stream.Signature(lanes_layout(core, channels)))``
        One word a channel group.
    o : ``Out(stream.Signature(ArrayLayout(ArrayLayout(signed(sum_width), ticks), channels)))``
    """

    def __init__(self, core: cores.Join) -> None:
        self.core = core

        def sums(width: int) -> stream.Signature:
            return stream.Signature(data.ArrayLayout(data.ArrayLayout(signed(width), core.ticks), core.channels))
        super().__init__({"i": In(sums(core.taken_width)), "o": Out(sums(core.sum_width)),
                          "shortcut": In(stream.Signature(lanes_layout(core, core.channels)))})

    def elaborate(self, platform):
        m = Module()
        core = self.core
        free, accept = flags("free accept")
        arrives = flags("multiplies adds")
        word, last = counter(m, "word", core.words, accept)
        group, _ = counter(m, "group", core.groups, accept & last)
        m.d.comb += [free.eq(~self.o.valid | self.o.ready), accept.eq(self.i.valid & self.i.ready),
                     self.i.ready.eq(free & self.shortcut.valid), self.shortcut.ready.eq(accept & last)]
        with m.If(free):
            m.d.sync += [after.eq(before) for before, after in zip([accept, *arrives], [*arrives, self.o.valid],
                                                                   strict=True)]
        for channel in range(core.channels):
            gains = [Const(gain) for gain in core.gains[channel::core.channels]]
            gain = gains[0] if core.groups == 1 else kept(m, free, f"gain{channel}", Array(gains)[group])
            for tick in range(core.ticks):
                name = f"{channel}_{tick}"
                now = tick if core.words == 1 else word * core.ticks + tick
                added = kept(m, free, f"product{name}", self._product(m, free, name, channel, now, gain))
                n = kept(m, free, f"n{name}", kept(m, free, f"taken{name}", self.i.payload[channel][tick]))
                with m.If(free & arrives[-1]):
                    m.d.sync += narrow(self.o.payload[channel][tick], (n << core.shift) + added)
        return m

    def _product(self, m: Module, free: Value, name: str, channel: int, tick: Value | int, gain: Value) -> Value:
        """What the shortcut gave in ``tick``, a register, times the gain."""
        core, lane = self.core, self.shortcut.payload[channel]
        if core.spike_coding.numeric:
            return gain * kept(m, free, f"factor{name}", lane)
        return Mux(kept(m, free, f"factor{name}", spikes(core, lane, tick)), gain, 0)
