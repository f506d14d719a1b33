"""Proof by an arbitrary word, or an arbitrary group of words, that is followed through a core to its output."""

from collections.abc import Callable, Sequence

from amaranth.hdl import Array, Assert, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from quant.description.spike_coding import Binary, Times, Trains
from tests.formal.engine import reach
from tests.formal.specifications.stream import Promise, Specification, table

Source = tuple[int, int] | None


class Follow(Specification):
    """Chooses, at any time but once, the period whose outputs are examined."""

    def choose(self, m: Module, when: Value) -> None:
        """Choose the period of the word that is taken now, if ``when``; ``lag`` counts output periods up to it."""
        self.chosen, self.chooses = Signal(name="chosen"), Signal(name="chooses")
        self.lag = Signal.like(self.behind, name="lag")
        m.d.comb += self.chooses.eq(self.took & when & ~self.chosen)
        with m.If(self.chooses):
            m.d.sync += [self.chosen.eq(1), self.lag.eq(self.behind - self.output_ends)]
        with m.Elif(self.chosen & self.output_ends & (self.lag >= 0)):
            m.d.sync += self.lag.eq(self.lag - 1)
        self.shows = Signal(name="shows")
        m.d.comb += self.shows.eq(self.dut.o.valid & self.chosen & (self.lag == 0))


class Copies(Follow):
    """Every output word is made of copies of input words, each at its place, or of one constant.

    One part of one input word is followed, chosen by free inputs: where it must be, it is. That goes for all parts of
    all words, since the choice is arbitrary; and every part of every output word has its source.

    Parameters
    ----------
    source : callable
        For the place of an output word in its period: for each of its parts, lowest first, the place of the input
        word and of the part in it, or None for the constant.
    parts : int
        Parts of an input word.
    width : int
        Bits of a part.
    constant : int
    """

    def __init__(self, dut: wiring.Component, promise: Promise, source: Callable[[int], Sequence[Source]], *,
                 parts: int, width: int, constant: int = 0) -> None:
        self.source, self.parts, self.width, self.constant = source, parts, width, constant
        super().__init__(dut, promise, mark=In(1), part=In(range(max(parts, 2))))

    def claims(self, m: Module) -> None:
        """Claim that the followed part is at each place where it must be."""
        given = [self.source(place) for place in range(self.promise.outputs)]
        assert len(Value.cast(self.dut.o.payload)) == self.width * len(given[0])
        self.choose(m, self.mark & (self.part < self.parts))
        word = Value.cast(self.dut.i.payload)
        number = Signal(range(self.promise.inputs * self.parts), name="number")
        data = Signal(self.width, name="data")
        with m.If(self.chooses):
            m.d.sync += [number.eq(self.taken * self.parts + self.part),
                         data.eq(word.word_select(self.part, self.width))]
        out = Value.cast(self.dut.o.payload)
        seen: Value = Signal()
        nowhere = self.promise.inputs * self.parts
        for slot in range(len(given[0])):
            have = out[slot * self.width:(slot + 1) * self.width]
            wanted = [nowhere if place[slot] is None else place[slot][0] * self.parts + place[slot][1]
                      for place in given]
            here = Signal(name=f"here{slot}")
            m.d.comb += here.eq(self.shows & (table(wanted, self.given) == number))
            m.d.comb += Assert(~here | (have == data))
            seen = seen | here
            if nowhere in wanted:
                with m.If(self.dut.o.valid & (table(wanted, self.given) == nowhere)):
                    m.d.comb += Assert(have == self.constant)
        cases = {"first": seen & (data != 0) & (number == 0), "stall": self.stalled}
        if self.promise.inputs * self.parts > 1:
            cases["other"] = seen & (data != 0) & (number != 0)
        reach(m, **cases)


class Groups(Follow):
    """Every output word is a function of its own group of input words: one arbitrary group is collected and compared.

    Parameters
    ----------
    members : sequence of sequence of int
        For the place of each output word: the places of its input words.
    """

    def __init__(self, dut: wiring.Component, promise: Promise, members: Sequence[Sequence[int]], **more) -> None:
        self.members_of = members
        super().__init__(dut, promise, mark=In(1), pick=In(range(max(len(members), 2))), **more)

    def collect(self, m: Module) -> tuple[Value, Value, Value]:
        """Choose an output word; whether an input word now taken is of its group, and the first; which it is."""
        self.choose(m, self.mark & (self.taken == 0) & (self.pick < len(self.members_of)))
        picked, which = Signal.like(self.pick, name="picked"), Signal.like(self.pick, name="which")
        during, collecting = Signal(name="during"), Signal(name="collecting")
        m.d.comb += [which.eq(Mux(self.chooses, self.pick, picked)), during.eq(self.chooses | collecting)]
        m.d.sync += picked.eq(which)
        with m.If(during & self.took):
            m.d.sync += collecting.eq(~self.input_ends)
        masks = [sum(1 << place for place in places) for places in self.members_of]
        belongs = during & self.took & table(masks, which, self.promise.inputs).bit_select(self.taken, 1)
        first = Array(places[0] for places in self.members_of)[which] == self.taken
        self.answers = Signal(name="answers")
        m.d.comb += self.answers.eq(self.shows & (self.given == picked))
        return belongs, first, picked


class Pooled(Groups):
    """Every output word is of each lane of its group the earliest spike, the largest number, or all spikes."""

    def claims(self, m: Module) -> None:
        """The output is the least of the group, the largest, or the union."""
        belongs, first, _ = self.collect(m)
        for lane in range(self.described.lanes_out):
            now = self._pooled([self.dut.i.payload[each] for each in self.described.merging(lane)])
            kept = Signal(self.described.lane_width, name=f"kept{lane}")
            with m.If(belongs & first):
                m.d.sync += kept.eq(now)
            with m.Elif(belongs):
                m.d.sync += kept.eq(self._pooled([now, kept]))
            with m.If(self.answers):
                m.d.comb += Assert(self.dut.o.payload[lane] == kept)
        reach(m, answer=self.answers & (kept != 0), other=self.answers & (kept == 0), stall=self.stalled)

    def _pooled(self, values: list[Value]) -> Value:
        now, *others = values
        for kept in others:
            now = {Times: Mux(now < kept, now, kept), Binary: Mux(now > kept, now, kept),
                   Trains: now | kept}[self.described.spike_coding]
        return now
