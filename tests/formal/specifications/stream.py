"""Stream contract of every core, from the numbers of words that its description promises."""

from collections.abc import Sequence

from amaranth.hdl import Array, Assert, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from quant.dataflow import cores
from tests.formal.engine import reach


class Promise:
    """Number of output words that are due after the input words of a period; periods follow each other for ever.

    Parameters
    ----------
    after : sequence of int
        Output words of a period that are due after 0, 1, ... of its input words, up to all but the last.
    outputs : int
        Output words of a whole period.
    late, wait : int
        Largest number of cycles until a due word is there; and until an offered word is taken while nothing is stalled.
    """

    def __init__(self, after: Sequence[int], outputs: int, *, late: int, wait: int) -> None:
        self.after, self.outputs, self.late, self.wait = tuple(after), outputs, late, wait

    @property
    def inputs(self) -> int:
        """Input words of a whole period."""
        return len(self.after)


def table(values: Sequence[int], index: Value, width: int = 16) -> Value:
    """An entry of a table of numbers."""
    return Array(Const(value, width) for value in values)[index]


class Specification(wiring.Component):
    """A core between free inputs, with ghost counters: places in the period, and by how many the output is behind.

    Parameters
    ----------
    dut : wiring.Component
    promise : Promise
    members : dict
        Further free inputs.
    """

    own_asserts = True  # of the core are among the claims

    def __init__(self, dut: wiring.Component, promise: Promise, **members) -> None:
        self.dut, self.described, self.promise = dut, dut.core, promise
        super().__init__({"i": dut.signature.members["i"], "ready": In(1), **members})

    def claims(self, m: Module) -> None:
        """Add the claims to ``m``."""
        raise NotImplementedError

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        wiring.connect(m, wiring.flipped(self.i), dut.i)
        m.d.comb += dut.o.ready.eq(self.ready)
        self.took, self.gave, self.stalled = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready, Signal()
        m.d.comb += self.stalled.eq(dut.o.valid & ~dut.o.ready)
        self._count(m)
        self.claims(m)
        return m

    def _count(self, m: Module) -> None:
        inputs, outputs = self.promise.inputs, self.promise.outputs
        self.taken = Signal(range(max(inputs, 2)), name="taken")
        self.given = Signal(range(max(outputs, 2)), name="given")
        self.behind = Signal(signed(4), name="behind")  # -1: what is left of a period entitles to nothing
        self.input_ends, self.output_ends = Signal(name="input_ends"), Signal(name="output_ends")
        m.d.comb += [self.input_ends.eq(self.took & (self.taken == inputs - 1)),
                     self.output_ends.eq(self.gave & (self.given == outputs - 1))]
        with m.If(self.took):
            m.d.sync += self.taken.eq(Mux(self.input_ends, 0, self.taken + 1))
        with m.If(self.gave):
            m.d.sync += self.given.eq(Mux(self.output_ends, 0, self.given + 1))
        m.d.sync += self.behind.eq(self.behind + self.input_ends - self.output_ends)


def hold(m: Module, o: wiring.PureInterface) -> None:
    """Claim that a stalled output keeps valid and payload, whatever the inputs do."""
    payload = Value.cast(o.payload)
    stalled, last = Signal(name="was_stalled"), Signal(len(payload), name="was_payload")
    m.d.sync += [stalled.eq(o.valid & ~o.ready), last.eq(payload)]
    with m.If(stalled):
        m.d.comb += [Assert(o.valid), Assert(payload == last)]


def soon(m: Module, name: str, cycles: int, waits: Value) -> None:
    """Claim that ``waits`` holds for at most ``cycles`` cycles in a row."""
    count = Signal(range(cycles + 1), name=name)
    m.d.comb += Assert(~waits | (count < cycles))
    m.d.sync += count.eq(Mux(waits, count + 1, 0))


class Stream(Specification):
    """Hold, count and progress, whatever both ends do, and whenever reset comes.

    - A stalled output keeps valid and payload.
    - valid is there only if the words taken entitle to one word more than were given: nothing is made up.
    - A word that is due is there within ``late`` cycles, ready or not: nothing is lost, and valid does not wait.
    - An offered word is taken within ``wait`` cycles while the output is not stalled.
    - Input and output are never more than four periods apart, so nothing is counted modulo.
    """

    @property
    def own_asserts(self) -> bool:
        """Inputs are arbitrary here, so sums may overflow; `neurons` and `current` have those that can be."""
        return not isinstance(self.described, (cores.NeuronCore, cores.Current, cores.Join))

    def claims(self, m: Module) -> None:
        """Hold, count, progress."""
        o, i, promise = self.dut.o, self.dut.i, self.promise
        due, owed = Signal(signed(16), name="due"), Signal(name="owed")
        m.d.comb += [due.eq(self.behind * promise.outputs + table(promise.after, self.taken)),
                     owed.eq(due > self.given)]
        hold(m, o)
        m.d.comb += [Assert(~o.valid | owed), Assert((-1 <= self.behind) & (self.behind <= 4)),
                     Assert(due >= self.given)]
        soon(m, "late", promise.late, owed & ~o.valid)
        soon(m, "waiting", promise.wait, i.valid & ~i.ready & (~o.valid | o.ready))
        reach(m, period=self.output_ends, stall=self.stalled, refusal=i.valid & ~i.ready)
