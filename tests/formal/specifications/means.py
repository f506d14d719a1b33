"""Means of boxes of a picture, by the memory of their sums."""

from amaranth.hdl import Array, Assert, Module, Mux, Signal, Value
from amaranth.lib.memory import Memory

from quant.dataflow import cores
from quant.dataflow.cores.resize import LUMA
from tests.formal.engine import reach
from tests.formal.specifications.stream import Promise, Specification, table


class Means(Specification):
    """Every output word is the rounded mean of its box, of grey pixels if they are to be, or 255 less it.

    Of each value that counts, in their order and each once, in the next cycle without a stall:

    - The word at the address of its box was read with it; what is written in that cycle to the same address is what is
      read.
    - It is written to that address as the sum of the value and the word that was read, or of 0 in a box that begins.
    - If it ends its box, the mean of that sum is the next output word; no other value makes one.

    So every output word is the mean of all values of its box, since a memory holds what is written to an address until
    it is written again, and the address is that of no other box before this one has ended.

    Parameters
    ----------
    places : sequence of (address, begins, ends), or None
        Of each value of a picture; None of one that does not count.
    """

    def __init__(self, dut, promise: Promise, places: list[tuple[int, bool, bool] | None]) -> None:
        self.places = places
        super().__init__(dut, promise)

    def elaborate(self, platform):
        inside = self.dut.elaborate(platform)
        self.dut.elaborate = lambda platform: inside  # to look at the ports of its memory
        self.sums: Memory = inside.submodules.sums
        return super().elaborate(platform)

    def claims(self, m: Module) -> None:
        """All of the above."""
        core: cores.Resize = self.described
        (write,), (read,), o = self.sums.write_ports, self.sums.read_ports, self.dut.o
        known = [place or (0, False, False) for place in self.places]
        address, begins, ends = (table(values, self.taken) for values in zip(*known, strict=True))
        counts, free = table([place is not None for place in self.places], self.taken, 1), ~o.valid | o.ready
        pending, first, last, at = Signal(name="pending"), Signal(name="first"), Signal(name="last"), Signal(16)
        value, due, given = Signal(8, name="value"), Signal(8, name="due"), Signal(name="is_due")
        with m.If(free):
            m.d.sync += [pending.eq(self.took & counts), first.eq(begins), last.eq(ends), at.eq(address),
                         value.eq(self._value(m)), given.eq(pending & last)]
        total = Mux(first, 0, read.data) + value
        mean = (total + core.half) >> core.bits
        with m.If(free & pending & last):
            m.d.sync += due.eq(255 - mean if core.invert else mean)
        m.d.comb += [Assert(write.en == (pending & free)), Assert(~write.en | (write.addr == at)),
                     Assert(~write.en | (write.data == total)), Assert(~(self.took & counts) | read.en),
                     Assert(~(self.took & counts) | (read.addr == address)),
                     Assert(o.valid == given), Assert(~given | (o.payload == due))]
        self._transparent(m, write, read)
        cases = {"adds": write.en & ~first} if core.bits else {}
        reach(m, answer=given & (due != 0), other=given & (due == 0), stall=self.stalled, **cases)

    @staticmethod
    def _transparent(m: Module, write, read) -> None:
        """Claim that what is written is read in the same cycle."""
        both, word = Signal(name="both"), Signal.like(write.data, name="written")
        with m.If(read.en):
            m.d.sync += [both.eq(write.en & (write.addr == read.addr)), word.eq(write.data)]
        m.d.comb += Assert(~both | (read.data == word))

    def _value(self, m: Module) -> Value:
        """The value that is taken, or the grey of the pixel that it completes."""
        core, now = self.described, self.dut.i.payload
        if not core.grey:
            return now
        channel, sofar = Signal(2, name="channel"), Signal(16, init=128, name="sofar")
        weighed = sofar + Array(now * weight for weight in LUMA)[channel]
        with m.If(self.took):
            m.d.sync += [channel.eq(Mux(channel == 2, 0, channel + 1)), sofar.eq(Mux(channel == 2, 128, weighed))]
        return weighed[8:16]
