"""Request handler: feeds the core with images, times it, compares results with the stored vectors, and responds."""

from amaranth.hdl import Array, Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.serial_link.protocol import Request

from ..cores.streams.stream import counter
from .cycle_counter import CycleCounter
from .frames import BODY
from .request_reader import RequestReader
from .response import Response


class RequestHandler(wiring.Component):
    """Handler of the oldest request of a `hw.serial_link.request_queue.RequestQueue`, which it then releases.

    A single image enters the core, with no gap between its pixels, once the core is at rest; its result stays in the
    core until it is sent. A COUNT streams the stored vectors in turn, with no gap, and takes every result at once. It
    streams until the last result that is asked for, so further images are in the core, whose results are dropped until
    it is at rest.

    Parameters
    ----------
    contents : quant.serial_link.contents.Contents
    layout : StructLayout
        Layout of a result, as of ``hw.cores.streams.stream.result_layout``.

    Members
    -------
    waiting, at, enable, data, release
        Opposite ends of the members of the request queue.
    pixels : ``Out(stream.Signature(unsigned(8)))``
        To the core.
    results : ``In(stream.Signature(layout))``
        From the core.
    o : ``Out(stream.Signature(BODY))``
        Bodies of responses.

    Raises
    ------
    ValueError
        As `Response`.
    """

    def __init__(self, contents, layout):
        self.stored, self.rest = contents.stored, contents.rest
        self.reader = RequestReader(contents)
        at = self.reader.signature.members["at"]
        self.response = Response(layout, vectors=len(contents.stored), places=at.shape.stop)
        super().__init__({"waiting": In(1), "at": at, "enable": Out(1), "data": In(8), "release": Out(1),
                          "pixels": Out(stream.Signature(unsigned(8))), "results": In(stream.Signature(layout)),
                          "o": Out(stream.Signature(BODY))})

    def elaborate(self, platform):
        m = Module()
        results = self.results
        m.submodules.reader = reader = self.reader
        m.submodules.answer = response = self.response
        m.submodules.stopwatch = cycle_counter = CycleCounter(self.rest)
        verdict, due, wrong = Signal(4), Signal(16), Signal(16)
        counts, classifies, over = Signal(), Signal(), Signal()
        hold = Signal()  # the result of a single image stays in the core
        tested, fails, failed = Signal(), Signal(), Signal()
        vector, vector_last = counter(m, "vector", max(len(self.stored), 1), tested)
        classes, ticks = (Array([getattr(it.result, name) for it in self.stored] or [0])
                          for name in ("class_index", "tick"))
        wiring.connect(m, reader.pixels, wiring.flipped(self.pixels))
        m.d.comb += [
            counts.eq(verdict == Request.COUNT), classifies.eq(verdict == Request.CLASSIFY),
            self.at.eq(reader.at), self.enable.eq(reader.enable), reader.data.eq(self.data),
            reader.stored.eq(~classifies), reader.repeat.eq(counts), reader.stop.eq(over),
            response.at.eq(reader.at), response.verdict.eq(verdict), response.data.eq(self.data),
            response.rom.eq(reader.rom), response.result.eq(hold), response.outcome.eq(results.payload),
            response.cycles.eq(cycle_counter.cycles), response.wrong.eq(wrong), results.ready.eq(~hold),
        ]
        m.d.sync += [self.o.p.data.eq(response.byte), self.o.p.last.eq(response.last)]  # for speed
        with m.If(tested):
            m.d.sync += wrong.eq(wrong + fails)
        with m.FSM():
            with m.State("Wait"):
                with m.If(self.waiting):
                    m.next = "Begin"
            with m.State("Begin"):
                m.d.sync += [verdict.eq(self.data), wrong.eq(0), failed.eq(0), vector.eq(0)]
                with m.Switch(self.data[:4]):
                    with m.Case(Request.CLASSIFY, Request.SELF_TEST):
                        m.d.comb += reader.body.eq(1)
                        m.next = "Rest"
                    with m.Case(Request.COUNT):
                        m.d.comb += reader.body.eq(1)
                        m.next = "Argument"
                    with m.Default():
                        m.d.comb += reader.head.eq(1)
                        m.next = "Answer"
            with m.State("Argument"):
                with m.If(reader.loaded):
                    m.d.sync += due.eq(Cat(due[8:], self.data))
                    m.d.comb += reader.step.eq(1)
                    with m.If(reader.at[0]):
                        m.d.comb += reader.body.eq(1)
                        m.next = "Rest"
            with m.State("Rest"):
                m.d.comb += cycle_counter.clear.eq(1)
                with m.If(cycle_counter.rested):
                    m.d.comb += [reader.start.eq(1), cycle_counter.moved.eq(1)]
                    m.d.sync += hold.eq(~counts)
                    m.next = "Run"
            with m.State("Run"):
                m.d.comb += [cycle_counter.enable.eq(~over),
                             cycle_counter.moved.eq(counts & (results.valid | ~over | ~reader.idle))]
                with m.If(results.valid & ~over):
                    m.d.comb += [tested.eq(counts), fails.eq((results.p.class_index != classes[vector])
                                                             | (results.p.tick != ticks[vector]))]
                    m.d.sync += [due.eq(due - 1), over.eq(~counts | (due == 1))]
                with m.If(over & reader.idle & (cycle_counter.rested | ~counts)):
                    m.d.sync += over.eq(0)
                    m.next = "Compare"
                    with m.If(counts | classifies):
                        m.d.comb += reader.head.eq(1)
                        m.next = "Answer"
            with m.State("Compare"):
                m.d.comb += fails.eq(failed | (self.o.p.data != reader.rom))
                with m.If(reader.loaded):
                    m.d.comb += reader.step.eq(1)
                    m.d.sync += failed.eq(fails)
                    with m.If(self.o.p.last):
                        m.d.comb += [tested.eq(1), reader.wrap.eq(1)]
                        m.d.sync += [failed.eq(0), hold.eq(0)]
                        m.next = "Rest"
                        with m.If(vector_last):
                            m.d.comb += reader.head.eq(1)
                            m.next = "Answer"
            with m.State("Answer"):
                m.d.comb += self.o.valid.eq(reader.loaded)
                with m.If(reader.loaded & self.o.ready):
                    m.d.comb += reader.step.eq(1)
                    with m.If(self.o.p.last):
                        m.d.comb += [self.release.eq(1), reader.head.eq(1)]
                        m.d.sync += hold.eq(0)
                        m.next = "Wait"
        return m
