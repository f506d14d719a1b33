"""Credits, around a pipeline of which nothing is known but that each result comes some cycles after its last word."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.accelerator import component
from hw.cores.streams.stream import lanes_layout
from quant.dataflow import cores
from tests.formal.specifications import follow
from tests.formal.specifications.stream import Promise, Specification

DELAY = 2  # cycles from the last word to the result


class AnyPipeline(wiring.Component):
    """Takes every word, and gives all words of a result.

    Parameters
    ----------
    core : quant.dataflow.cores.Credits
        Whose result has as many bits as the words for it.
    """

    def __init__(self, core: cores.Credits) -> None:
        self.core = core
        super().__init__({"i": In(stream.Signature(lanes_layout(core.taken, core.taken_lanes))),
                          "o": Out(stream.Signature(lanes_layout(core, core.lanes)))})

    def elaborate(self, platform):
        m = Module()
        i, o, period = self.i, self.o, self.core.period
        held, word = Signal.like(Value.cast(o.payload)), Signal(range(period))
        moved = i.valid & i.ready
        stages = [(moved & (word == period - 1), Cat(held, i.payload)[-len(held):])]
        for stage in range(DELAY):
            there, result = Signal(name=f"there{stage}"), Signal(len(held), name=f"result{stage}")
            m.d.sync += [there.eq(stages[-1][0]), result.eq(stages[-1][1])]
            stages.append((there, result))
        m.d.comb += [i.ready.eq(1), o.valid.eq(stages[-1][0]), Value.cast(o.payload).eq(stages[-1][1])]
        with m.If(moved):
            m.d.sync += [held.eq(stages[0][1]), word.eq(0)]
            with m.If(word != period - 1):
                m.d.sync += word.eq(word + 1)
        return m


class Around(wiring.Component):
    """Credits and their pipeline."""

    def __init__(self, core: cores.Credits) -> None:
        self.core, self.credits = core, component(core)
        ends = self.credits.signature.members
        super().__init__({"i": ends["i"], "o": ends["o"]})

    def elaborate(self, platform):
        m = Module()
        m.submodules.credits = credits = self.credits
        m.submodules.pipeline = pipeline = AnyPipeline(self.core)
        wiring.connect(m, wiring.flipped(self.i), credits.i)
        wiring.connect(m, credits.enters, pipeline.i)
        wiring.connect(m, pipeline.o, credits.leaves)
        wiring.connect(m, credits.o, wiring.flipped(self.o))
        return m


def promise(core: cores.Credits) -> Promise:
    """Promise of a result for ``period`` words."""
    words = core.depth * core.period
    return Promise([word // core.period for word in range(words)], core.depth, late=DELAY + 1, wait=DELAY + 4)


class InOrder(follow.Copies):
    """Every result is that of the next words, whole."""

    def __init__(self, dut: Around) -> None:
        core = dut.core
        self.source, self.parts, self.width, self.constant = self._words, 1, core.taken.lane_width * core.taken_lanes, 0
        Specification.__init__(self, dut, promise(core), mark=In(1), part=In(range(2)))

    def _words(self, place: int) -> list[follow.Source]:
        period = self.dut.core.period
        return [(word, 0) for word in range(place * period, (place + 1) * period)]
