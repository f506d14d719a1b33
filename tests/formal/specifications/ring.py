"""The ring of rows in a memory window: what is read was written, and stays until its last use."""

from amaranth.hdl import Assert, Module, Mux, Signal, Value, signed

from hw.cores.store import Ram
from quant.dataflow import cores
from tests.formal.engine import reach
from tests.formal.specifications.stream import Promise, Specification, table


class Ring(Specification):
    """Addresses and occupancy of the ring, for any depth of history.

    Word ``n`` of period ``p`` belongs at address ``p * inputs + n``, modulo the depth. Two ghost pointers start at zero
    with the core's and move by what the description of the window says; the core's are always equal to them.

    - Words are written where they belong, each once, in order; what is written is the input's payload.
    - For place ``k`` of an output period the word ``source[k]`` is read, where it belongs; the output is what was read.
    - A word is read only after it was written.
    - No word is overwritten while it is still to be read.
    - Output words are given in the order of the reads, at most one of them waits.

    By the third and fourth, the numbers of the word that is read and of the one that is written differ by 1 to
    ``depth - 1``, so none is read in the cycle in which it is written. And every output word is the input word that
    `tests.formal.sources` says, since a memory holds what is written to an address until it is written again. `Copies`
    proves the same end to end, for windows small enough.
    """

    def __init__(self, dut, promise: Promise, source: list[int]) -> None:
        self.source = source
        super().__init__(dut, promise)

    def elaborate(self, platform):
        inside = self.dut.elaborate(platform)
        self.dut.elaborate = lambda platform: inside  # to look at the ports of its memory
        self.ring: Ram = inside.submodules.ring
        return super().elaborate(platform)

    def _reads(self, m: Module) -> None:
        """Word that is read next: its place in the period, its address, and the periods that it is behind the input."""
        self.read = self.ring.read
        places, inputs = len(self.source), self.promise.inputs
        self.asked = Signal(range(max(places, 2)), name="asked")
        self.belongs = Signal(range(self.described.depth), name="read_belongs")
        self.ahead = Signal(signed(3), name="ahead")
        last = Signal(name="asks_last")
        moves = [(after - now) % self.described.depth for now, after in
                 zip(self.source, [*self.source[1:], self.source[0] + inputs], strict=True)]
        m.d.comb += last.eq(self.read.en & (self.asked == places - 1))
        with m.If(self.read.en):
            m.d.sync += [self.asked.eq(Mux(last, 0, self.asked + 1)),
                         self.belongs.eq(self.belongs + table(moves, self.asked))]
        m.d.sync += self.ahead.eq(self.ahead + self.input_ends - last)

    def claims(self, m: Module) -> None:
        """All of the above."""
        self._reads(m)
        core: cores.MemoryWindow = self.described
        write, read = self.ring.write, self.read
        place = Signal(range(core.depth), name="write_belongs")
        m.d.sync += place.eq(place + self.took)
        word = Signal(range(-self.promise.inputs, 3 * self.promise.inputs), name="word")
        m.d.comb += word.eq(self.ahead * self.promise.inputs + self.taken)
        kept = [min(self.source[at:]) for at in range(len(self.source))]
        m.d.comb += [
            Assert((-1 <= self.ahead) & (self.ahead <= 2)),
            Assert(write.en == self.took), Assert(write.addr == place),
            Assert(Value.cast(write.data) == Value.cast(self.dut.i.payload)),
            Assert(read.addr == self.belongs), Assert(Value.cast(self.dut.o.payload) == Value.cast(read.data)),
            Assert(~read.en | (word > table(self.source, self.asked))),
            Assert(~write.en | (word - core.depth < table(kept, self.asked))),
            Assert(self.asked == Mux(self.dut.o.valid, Mux(self.given == len(self.source) - 1, 0, self.given + 1),
                                     self.given)),
        ]
        reach(m, wraps=write.en & (write.addr == core.depth - 1), stall=self.stalled,
              full=self.dut.i.valid & ~self.dut.i.ready & (word > core.row_words * core.rows - 1))
