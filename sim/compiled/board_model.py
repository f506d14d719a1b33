"""Model of a board as its host sees it: bytes in, bytes out, exactly those that the hardware gives.

Classes, ticks and potentials come from the functional golden model, cycles from `quant.timing.single_image`. The model
responds at once, so it has no overrun: the hardware agrees with it byte for byte as long as no more than ``slots``
requests wait for their response.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np

from quant.dataflow.chain import chain
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.serial_link.contents import Contents
from quant.serial_link.protocol import (
    COUNT,
    COUNT_REQUEST,
    HEAD_BYTES,
    MAX_CYCLES,
    SELF_TEST,
    Deframer,
    Error,
    Reply,
    Request,
    Result,
    frame,
)
from quant.timing.single_image import SingleImageTiming, count_cycles, single_image_timing

from ..functional.network import run

LONGEST = 2**20  # bytes of a body that are kept; every longer one has a wrong length


class Device:
    """Model of a board.

    Parameters
    ----------
    network : Network
    folding : Folding
    contents : quant.serial_link.contents.Contents
        Identity and test vectors that the bitstream holds.
    times : SingleImageTiming or None
        Single-image timing of the network under the folding, if it is known; it takes seconds for a large folded
        network.
    """

    def __init__(self, network: Network, folding: Folding, contents: Contents,
                 times: SingleImageTiming | None = None) -> None:
        self.network, self.contents = network, contents
        self._nodes = chain(network, folding)
        self._times = times or single_image_timing(self._nodes, contents.pixels)
        self._counted = cache(self._count)
        self._deframer = Deframer(LONGEST)
        self._results: dict[bytes, Result] = {}

    def feed(self, data: bytes) -> bytes:
        """Responses to all frames that ``data`` completes, in order, as bytes of the serial link."""
        bodies = list(self._deframer.feed(data))
        self._classify(body[HEAD_BYTES:] for body in bodies if body and body[0] == Request.CLASSIFY)
        return b"".join(frame(self._response(body)) for body in bodies)

    def _response(self, body: bytes | None) -> bytes:
        if body is None:
            return bytes([Reply.ERROR, 0, Error.DAMAGED])
        kind, tag, payload = body[0], body[1], body[HEAD_BYTES:]
        lengths = {Request.IDENTIFY: 0, Request.CLASSIFY: self.contents.pixels, Request.SELF_TEST: 0,
                   Request.COUNT: COUNT_REQUEST.size}
        if kind not in lengths:
            return bytes([Reply.ERROR, tag, Error.KIND])
        if len(payload) != lengths[Request(kind)]:
            return bytes([Reply.ERROR, tag, Error.LENGTH])
        if kind == Request.IDENTIFY:
            return bytes([Reply.IDENTITY, tag]) + self.contents.identity.pack()
        if kind == Request.CLASSIFY:
            return bytes([Reply.RESULT, tag]) + self._results[payload].pack()
        if not self.contents.stored:
            return bytes([Reply.ERROR, tag, Error.VECTORS])
        if kind == Request.SELF_TEST:
            return bytes([Reply.SELF_TEST, tag]) + SELF_TEST.pack(len(self.contents.stored), 0)
        images, = COUNT_REQUEST.unpack(payload)
        if not images:
            return bytes([Reply.ERROR, tag, Error.ARGUMENT])
        return bytes([Reply.COUNT, tag]) + COUNT.pack(images, 0, self._counted(images))

    def _classify(self, payloads: Iterable[bytes]) -> None:
        """Compute and keep the results of all images of the right length, the new ones together."""
        new = [pixels for pixels in dict.fromkeys(payloads)
               if len(pixels) == self.contents.pixels and pixels not in self._results]
        if not new:
            return
        channels, height, width = self.network.input_shape
        images = np.frombuffer(b"".join(new), np.uint8).reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
        outcome = run(self.network, images)
        rows = zip(new, outcome.class_index.tolist(), outcome.tick.tolist(), outcome.potentials.tolist(), strict=True)
        for pixels, class_index, tick, potentials in rows:
            self._results[pixels] = Result(class_index, tick, self._times.cycles[tick], tuple(potentials))

    def _count(self, images: int) -> int:
        ticks = [vector.result.tick for vector in self.contents.stored]
        decisions = [ticks[index % len(ticks)] for index in range(images)]
        return min(count_cycles(self._nodes, self.contents.pixels, decisions), MAX_CYCLES)
