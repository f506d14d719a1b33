"""Request handler: feeds the core with images, times it, compares results with the stored vectors, and responds."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.serial_link.contents import PAYLOAD, START
from quant.serial_link.protocol import Request

from ..cores.store import load_signature
from ..cores.streams.stream import counter
from ..names import flags
from .cycle_counter import CycleCounter
from .frames import BODY
from .loading import Loading
from .request_reader import RequestReader
from .response import Response
from .stored_words import StoredWords


class RequestHandler(wiring.Component):
    """Handler of the oldest request of a `hw.serial_link.request_queue.RequestQueue`, which it then releases.

    A single image enters the core, with no gap between its pixels, once the core is at rest; several of one request
    follow each other with no gap, and need no rest before. A result stays in the core until it is sent. A COUNT streams
    the stored vectors in turn, with no gap, and takes every result at once.

    Parameters
    ----------
    contents : quant.serial_link.contents.Contents
    layout : StructLayout
        Layout of a result, as of ``hw.cores.streams.stream.result_layout``.
    memories : sequence of Memory
        Of the core, that are loaded behind those of ``contents``.

    Members
    -------
    waiting, at, enable, data, release
        Opposite ends of the members of the request queue.
    values : ``Out(stream.Signature(contents.coding.width))``
        To the core.
    words : ``Out(stream.Signature(outside_layout(contents.coding.width, contents.lanes)))``
        To a core that takes several values in a word: those of a COUNT.
    results : ``In(stream.Signature(layout))``
        From the core.
    o : ``Out(stream.Signature(BODY))``
        Bodies of responses.
    load : ``Out(load_signature(...))``
        Of the memories of the core, if the board takes other networks.

    Raises
    ------
    ValueError
        As `Response`.
    """

    def __init__(self, contents, layout, memories=()):
        self.stored, self.rest = contents.stored, contents.rest
        self.loading = Loading(contents, memories) if contents.identity.layout else None
        self.reader = RequestReader(contents)
        self.words_stored = StoredWords(contents) if contents.lanes > 1 and contents.stored else None
        at = self.reader.signature.members["at"]
        self.response = Response(layout, vectors=len(contents.stored), behind=len(contents.identity.behind))
        super().__init__({"waiting": In(1), "at": at, "enable": Out(1), "data": In(8), "release": Out(1),
                          "values": self.reader.signature.members["values"],
                          "results": In(stream.Signature(layout)), "o": Out(stream.Signature(BODY)),
                          **({"load": Out(load_signature(memories))} if self.loading else {}),
                          **({"words": self.words_stored.signature.members["o"]} if self.words_stored else {})})

    def elaborate(self, platform):
        m = Module()
        results = self.results
        m.submodules.reader = reader = self.reader
        m.submodules.answer = response = self.response
        m.submodules.stopwatch = cycle_counter = CycleCounter(self.rest)
        # due: results
        verdict = Signal(4)
        due = Signal(16)
        wrong = Signal(16)
        due_last = Signal()  # due == 1, a register for speed
        counts, classifies = flags("counts classifies")  # what the verdict is, registers for speed
        several, over = flags("several over")
        sent = Signal()  # the byte of a response, a cycle ago: a register for speed
        hold = Signal()  # the result that is sent or compared stays in the core
        take, steps, moved, settled, ends, many = flags("take steps moved settled ends many")
        less, tested, fails, failed = flags("less tested fails failed")  # less: a result less is due
        place = Signal.like(response.at, init=START)  # of the byte in the response
        vector, vector_last = counter(m, "vector", max(len(self.stored), 1), tested)
        loading = self.loading
        byte, rom, number = reader.byte, reader.rom, wrong
        due_class = Array([it.result.class_index for it in self.stored] or [0])[vector]
        due_tick = Array([it.result.tick for it in self.stored] or [0])[vector]
        if loading:
            byte, rom, number, due_class, due_tick = loading.connect(m, self, verdict, wrong, vector)
        wiring.connect(m, reader.values, wiring.flipped(self.values))
        start = reader.start
        if self.words_stored:
            m.submodules.words = words = self.words_stored
            wiring.connect(m, words.o, wiring.flipped(self.words))
            start = Signal()
            m.d.comb += [words.images.eq(due), words.start.eq(start & counts), reader.start.eq(start & ~counts)]
        m.d.comb += [
            self.at.eq(reader.at), self.enable.eq(reader.enable), reader.data.eq(self.data),
            reader.repeat.eq(counts), reader.images.eq(due),
            response.at.eq(place), response.verdict.eq(verdict), response.data.eq(reader.byte),
            response.rom.eq(rom), response.result.eq(hold), response.outcome.eq(results.payload),
            response.cycles.eq(cycle_counter.cycles), response.wrong.eq(number), results.ready.eq(counts | take),
            reader.step.eq(steps & ~(hold & classifies)), cycle_counter.moved.eq(start | several),
        ]
        m.d.comb += self.o.p.last.eq(ends & (~classifies | due_last))
        # Registers for speed
        m.d.sync += [self.o.p.data.eq(response.byte), ends.eq(response.last), take.eq(0),
                     moved.eq(steps), settled.eq(~(steps | moved))]
        with m.If(steps):
            m.d.sync += place.eq(place + 1)
        with m.If(less):
            m.d.sync += [due.eq(due - 1), due_last.eq(due == 2)]
        with m.If(tested):
            m.d.sync += wrong.eq(wrong + fails)
        with m.FSM():
            with m.State("Wait"):
                m.d.sync += [place.eq(START), several.eq(0)]
                with m.If(self.waiting):
                    m.next = "Look"
            with m.State("Look"):
                m.next = "Begin"
            with m.State("Begin"):
                m.d.sync += [verdict.eq(byte), counts.eq(byte == Request.COUNT),
                             classifies.eq(byte == Request.CLASSIFY), reader.stored.eq(byte[:4] != Request.CLASSIFY),
                             wrong.eq(0), failed.eq(0), vector.eq(0), due.eq(1), due_last.eq(1)]
                with m.Switch(byte[:4]):
                    with m.Case(Request.SELF_TEST):
                        m.d.comb += reader.body.eq(1)
                        m.next = "Rest"
                    with m.Case(Request.COUNT, *([Request.LOAD] if loading else [])):
                        m.d.comb += reader.body.eq(1)
                        m.next = "Argument"
                    with m.Default():
                        m.d.comb += reader.head.eq(1)
                        m.next = "Answer"
            with m.State("Argument"):
                with m.If(reader.loaded):
                    m.d.sync += [due.eq(Cat(due[8:], reader.byte)), due_last.eq((due[8:] == 1) & (reader.byte == 0))]
                    m.d.comb += reader.step.eq(1)
                    with m.If(reader.at[0]):
                        m.d.comb += reader.body.eq(counts)
                        m.next = "Rest"
                        if loading:
                            with m.If(loading.asked):
                                m.next = "Settle"
            with m.State("Rest"):
                m.d.comb += [cycle_counter.clear.eq(1), many.eq(classifies & ~due_last)]
                m.d.sync += place.eq(PAYLOAD)
                with m.If(cycle_counter.rested | many):
                    m.d.comb += start.eq(1)
                    m.d.sync += [hold.eq(~counts), several.eq(many | counts)]
                    m.next = "Fetch"
            with m.State("Fetch"):
                m.next = "Decode"
            with m.State("Decode"):
                m.next = "Run"
            with m.State("Run"):
                m.d.comb += cycle_counter.enable.eq(~over & (counts | ~several))
                with m.If(results.valid & ~take & ~over):
                    m.d.comb += [tested.eq(counts), fails.eq((results.p.class_index != due_class)
                                                             | (results.p.tick != due_tick))]
                    m.d.comb += less.eq(counts)
                    m.d.sync += over.eq(~counts | due_last)
                with m.If(over & (reader.idle | (classifies & ~due_last))):
                    m.d.sync += over.eq(0)
                    m.next = "Answer"
                    with m.If(counts):
                        m.d.comb += reader.head.eq(1)
                        m.d.sync += place.eq(START)
                    with m.Elif(~classifies):
                        m.next = "Compare"
            with m.State("Compare"):
                m.d.comb += fails.eq(failed | (self.o.p.data != reader.rom))
                with m.If(reader.loaded):
                    m.d.comb += steps.eq(1)
                    m.d.sync += failed.eq(fails)
                    with m.If(self.o.p.last):
                        m.d.comb += tested.eq(1)
                        m.d.sync += [failed.eq(0), hold.eq(0), take.eq(1)]
                        m.next = "Rest"
                        with m.If(vector_last):
                            m.d.comb += reader.head.eq(1)
                            m.d.sync += place.eq(START)
                            m.next = "Answer"
            if loading:
                with m.State("Settle"):
                    with m.If(cycle_counter.rested):
                        m.d.comb += loading.begin.eq(due == 0)
                        m.next = "Load"
                with m.State("Load"):
                    loading.take(m, due)
                    with m.If(loading.done):
                        m.d.comb += reader.head.eq(1)
                        m.d.sync += place.eq(START)
                        m.next = "Answer"
            with m.State("Answer"):
                m.d.comb += self.o.valid.eq(settled & ~sent & (hold | reader.loaded))
                m.d.sync += sent.eq(self.o.valid & self.o.ready)
                with m.If(sent):
                    m.d.comb += steps.eq(1)
                    with m.If(self.o.p.last):
                        m.d.comb += [self.release.eq(1), reader.head.eq(1)]
                        m.d.sync += [hold.eq(0), take.eq(hold)]
                        m.next = "Wait"
                    with m.Elif(hold & ends):
                        m.d.comb += less.eq(1)
                        m.d.sync += [take.eq(1), place.eq(PAYLOAD)]
                        m.next = "Run"
                    with m.Elif(classifies & ~hold & (place == PAYLOAD - 1)):
                        m.next = "Argument"
        return m
