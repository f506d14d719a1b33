"""Bytes of responses, from the numbers that they carry."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.serial_link.contents import PAYLOAD, START
from quant.serial_link.protocol import COUNT, IDENTITY, SELF_TEST, Error, Reply, Request, Result

from ..names import flags
from .request_queue import REFUSED

POTENTIAL_BITS, FIELD_BITS = 32, 16
RESPONSE = 0x80  # added to a request's kind, it gives that of the response


def result_bytes(classes: int) -> int:
    """Length of the payload of a RESULT in bytes."""
    return len(Result(0, 0, 0, (0,) * classes).pack())


class Response(wiring.Component):
    """Selector of one byte of a response: right when all that it is made of has stood for a cycle.

    Parameters
    ----------
    layout : StructLayout
        Layout of a result, as of ``hw.cores.streams.stream.result_layout``.
    vectors : int
        Stored test vectors.
    behind : int
        Bytes behind the identity.

    Members
    -------
    at : In
        Index of the byte: `START` is the kind, then come the tag and, from `PAYLOAD` on, the payload.
    verdict : In(4)
        Verdict on the request, by `hw.serial_link.request_queue`.
    result : In(1)
        Bytes from `PAYLOAD` on are those of a result, whatever the verdict.
    data, rom : In(8)
        Byte of the request of that index; byte of the identity.
    outcome : In(layout)
        Result of the core.
    cycles : In(32)
        Clock cycles of a RESULT or a COUNT.
    wrong : In(16)
        Number of images or vectors with a wrong result; of a LOAD, whether the network is valid.
    block : In(16)
        Of a LOAD, the block that is due.
    byte : Out(8)
    last : Out(1)
        The byte is the last of the body.

    Raises
    ------
    ValueError
        A potential does not fit 32 bits, or there are more than 65,536 classes or ticks.
    """

    def __init__(self, layout, *, vectors, behind=0):
        potential = layout["potentials"].shape.elem_shape
        if potential.width > POTENTIAL_BITS:
            raise ValueError(f"Potentials must fit {POTENTIAL_BITS} bits on the serial link, not {potential.width}")
        for name in ("class_index", "tick"):
            if layout[name].width > FIELD_BITS:
                raise ValueError(f"{name} must fit {FIELD_BITS} bits on the serial link, not {layout[name].width}")
        self.vectors, self.classes = vectors, layout["potentials"].shape.length
        self.identity_bytes = IDENTITY.size + behind
        places = PAYLOAD + max(self.identity_bytes, result_bytes(self.classes)) + 1
        super().__init__({"at": In(range(places)), "verdict": In(4), "result": In(1), "data": In(8), "rom": In(8),
                          "outcome": In(layout), "cycles": In(32), "wrong": In(16), "byte": Out(8), "last": Out(1),
                          **({"block": In(16)} if behind else {})})

    def elaborate(self, platform):
        m = Module()
        outcome = self.outcome
        refused, code = self.verdict[-1], self.verdict[:-1]
        word = Signal(POTENTIAL_BITS)  # a register for speed
        begin = Signal(FIELD_BITS)
        end = Signal.like(self.at)
        copies, identifies = flags("copies identifies")
        words = self.at[2:2 + (PAYLOAD // 4 + 1 + self.classes).bit_length()]
        m.d.comb += [
            identifies.eq(self.verdict == Request.IDENTIFY), self.last.eq(self.at == end),
            copies.eq(((self.at == START + 1) & (self.verdict != REFUSED | Error.DAMAGED))
                      | ((self.verdict == Request.COUNT) & (self.at[1:] == PAYLOAD // 2))),
            self.byte.eq(Mux(copies, self.data, Mux(identifies & (self.at >= PAYLOAD), self.rom,
                                                    word.word_select(self.at[:2], 8)))),
            begin.eq(Mux(refused, code, self._number())),
        ]
        with m.Switch(words):
            with m.Case(0):
                m.d.sync += word.eq(Mux(refused, Reply.ERROR, RESPONSE | code) << 8 * START)
            with m.Case(1):
                m.d.sync += word.eq(Mux(self.result, Cat(outcome.class_index | Const(0, FIELD_BITS), outcome.tick),
                                        Cat(begin, self.wrong)))
            with m.Case(2):
                m.d.sync += word.eq(self.cycles)
            for index in range(self.classes - 1):
                with m.Case(3 + index):
                    m.d.sync += word.eq(outcome.potentials[index])
            with m.Default():
                m.d.sync += word.eq(outcome.potentials[self.classes - 1])
        with m.If(self.result):
            m.d.comb += end.eq(PAYLOAD + result_bytes(self.classes) - 1)
        with m.Elif(refused):
            m.d.comb += end.eq(PAYLOAD)
        with m.Elif(identifies):
            m.d.comb += end.eq(PAYLOAD + self.identity_bytes - 1)
        with m.Else():
            m.d.comb += end.eq(PAYLOAD + Mux(self.verdict == Request.COUNT, COUNT.size, SELF_TEST.size) - 1)
        return m

    def _number(self):
        """First number of a SELF_TEST, a COUNT or a LOAD; that of a COUNT is the request's."""
        if self.identity_bytes == IDENTITY.size:
            return self.vectors
        return Mux(self.verdict == Request.LOAD, self.block, self.vectors)
