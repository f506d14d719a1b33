"""A board as its host sees it: bytes in, bytes out, exactly those that the hardware gives.

Classes, ticks and potentials come from the functional golden model, cycles from `quant.latency`. The model answers at
once, and so knows no overrun: the hardware agrees with it byte for byte as long as no more than ``slots`` requests are
unanswered.
"""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from quant.artefact import network_digest
from quant.chain import chain
from quant.folding import Folding
from quant.latency import count_cycles, lone
from quant.network import Network
from quant.protocol import (
    COUNT,
    COUNT_REQUEST,
    HEAD_BYTES,
    MAX_CYCLES,
    SELF_TEST,
    Deframer,
    Error,
    Identity,
    Reply,
    Request,
    Result,
    frame,
)
from quant.timing import interval
from quant.vectors import Vector

from .functional import run

LONGEST = 2**20  # bytes of a body; of what is longer the length alone would matter, and it is wrong


class Device:
    """The model of a board.

    Parameters
    ----------
    network : Network
    folding : Folding
    vectors : sequence of Vector
        What the bitstream stores.
    slots, clock_hz, baud : int
        For the identity.
    made_by : str
        For the identity; up to 16 ASCII characters.

    Attributes
    ----------
    identity : quant.protocol.Identity
    """

    def __init__(self, network: Network, folding: Folding, vectors: Sequence[Vector] = (), *, slots: int = 2,
                 clock_hz: int = 12_000_000, baud: int = 1_000_000, made_by: str = "") -> None:
        channels, height, width = network.input_shape
        self.network, self.vectors = network, tuple(vectors)
        self._pixels, self._links = channels * height * width, chain(network, folding)
        self._lone = lone(self._links, self._pixels).cycles
        self._counted = cache(self._count)
        self._deframer = Deframer(LONGEST)
        self._results: dict[bytes, Result] = {}
        self.identity = Identity(
            channels=channels, height=height, width=width, classes=network.classes, steps=network.steps, slots=slots,
            vectors=len(self.vectors), clock_hz=clock_hz, baud=baud, interval=interval(self._links, self._pixels)[0],
            digest=bytes.fromhex(network_digest(network)), made_by=made_by)

    def feed(self, data: bytes) -> bytes:
        """The answers to all frames that ``data`` completes, in order."""
        bodies = list(self._deframer.feed(data))
        self._classify(body[HEAD_BYTES:] for body in bodies if body and body[0] == Request.CLASSIFY)
        return b"".join(frame(self._answer(body)) for body in bodies)

    def _answer(self, body: bytes | None) -> bytes:
        if body is None:
            return bytes([Reply.ERROR, 0, Error.DAMAGED])
        kind, tag, payload = body[0], body[1], body[HEAD_BYTES:]
        lengths = {Request.IDENTIFY: 0, Request.CLASSIFY: self._pixels, Request.SELF_TEST: 0,
                   Request.COUNT: COUNT_REQUEST.size}
        if kind not in lengths:
            return bytes([Reply.ERROR, tag, Error.KIND])
        if len(payload) != lengths[Request(kind)]:
            return bytes([Reply.ERROR, tag, Error.LENGTH])
        if kind == Request.IDENTIFY:
            return bytes([Reply.IDENTITY, tag]) + self.identity.pack()
        if kind == Request.CLASSIFY:
            return bytes([Reply.RESULT, tag]) + self._results[payload].pack()
        if not self.vectors:
            return bytes([Reply.ERROR, tag, Error.VECTORS])
        if kind == Request.SELF_TEST:
            return bytes([Reply.SELF_TEST, tag]) + SELF_TEST.pack(len(self.vectors), 0)
        images, = COUNT_REQUEST.unpack(payload)
        if not images:
            return bytes([Reply.ERROR, tag, Error.ARGUMENT])
        return bytes([Reply.COUNT, tag]) + COUNT.pack(images, 0, self._counted(images))

    def _classify(self, payloads: Iterable[bytes]) -> None:
        """Have the results of all images of the right length, the new ones computed together."""
        new = [pixels for pixels in dict.fromkeys(payloads)
               if len(pixels) == self._pixels and pixels not in self._results]
        if not new:
            return
        channels, height, width = self.network.input_shape
        images = np.frombuffer(b"".join(new), np.uint8).reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
        outcome = run(self.network, images)
        rows = zip(new, outcome.class_index.tolist(), outcome.tick.tolist(), outcome.potentials.tolist(), strict=True)
        for pixels, class_index, tick, potentials in rows:
            self._results[pixels] = Result(class_index, tick, self._lone[tick], tuple(potentials))

    def _count(self, images: int) -> int:
        ticks = [self.vectors[index % len(self.vectors)].tick for index in range(images)]
        return min(count_cycles(self._links, self._pixels, ticks), MAX_CYCLES)
