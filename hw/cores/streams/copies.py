"""Networks side by side behind one stream."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.dataflow import cores

from .stream import counter, outside_layout, result_layout


class Copies(wiring.Component):
    """Gives whole images to several networks in turn, and their results on in the same order; without a register.

    Parameters
    ----------
    core : quant.dataflow.cores.Copies

    Members
    -------
    i : ``In(stream.Signature(outside_layout(8, lanes)))``
        Pixels.
    images : array of ``Out`` of the same
        To each network.
    results : array of ``In(stream.Signature(result_layout(readout)))``
        From each network.
    o : ``Out(stream.Signature(result_layout(readout)))``
    """

    def __init__(self, core: cores.Copies) -> None:
        self.core = core
        pixels, results = stream.Signature(outside_layout(8, core.lanes)), stream.Signature(result_layout(core.readout))
        super().__init__({"i": In(pixels), "images": Out(pixels).array(core.number),
                          "results": In(results).array(core.number), "o": Out(results)})

    def elaborate(self, platform):
        m = Module()
        core, i, o = self.core, self.i, self.o
        accept = i.valid & i.ready
        _, last = counter(m, "word", core.words, accept)
        turn, _ = counter(m, "turn", core.number, accept & last)
        due, _ = counter(m, "due", core.number, o.valid & o.ready)
        m.d.comb += [image.payload.eq(i.payload) for image in self.images]
        with m.Switch(turn):
            for place, image in enumerate(self.images):
                with m.Case(place):
                    m.d.comb += [image.valid.eq(i.valid), i.ready.eq(image.ready)]
        with m.Switch(due):
            for place, result in enumerate(self.results):
                with m.Case(place):
                    m.d.comb += [o.valid.eq(result.valid), o.payload.eq(result.payload), result.ready.eq(o.ready)]
        return m
