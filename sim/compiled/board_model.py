"""Model of a board as its host sees it: bytes in, bytes out, exactly those that the hardware gives.

Classes, ticks and potentials come from the functional golden model, cycles from `quant.timing.single_image`. The model
responds at once, so it has no overrun: the hardware agrees with it byte for byte as long as no more than ``slots``
requests wait for their response.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np

from quant.dataflow.chain import chain
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.serial_link.contents import Contents, input_shape, resize_of
from quant.serial_link.protocol import (
    COUNT,
    HEAD_BYTES,
    IMAGES,
    MAX_CYCLES,
    MAX_IMAGES,
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
from ..functional.resize import resize

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
        self._resize = resize_of(contents.identity, network)
        self._nodes = chain(network, folding, self._resize)
        self._times = times or single_image_timing(self._nodes, contents.pixels)
        self._counted = cache(self._count)
        self._deframer = Deframer(LONGEST)
        self._results: dict[bytes, Result] = {}

    def feed(self, data: bytes) -> bytes:
        """Responses to all frames that ``data`` completes, in order, as bytes of the serial link."""
        bodies = list(self._deframer.feed(data))
        self._classify(image for body in bodies if body and body[0] == Request.CLASSIFY
                       for image in self._images(body[HEAD_BYTES:]) or [])
        return b"".join(frame(self._response(body)) for body in bodies)

    def _response(self, body: bytes | None) -> bytes:
        if body is None:
            return bytes([Reply.ERROR, 0, Error.DAMAGED])
        kind, tag, payload = body[0], body[1], body[HEAD_BYTES:]
        lengths = {Request.IDENTIFY: 0, Request.SELF_TEST: 0, Request.COUNT: IMAGES.size}
        if kind not in list(Request) or kind == Request.LOAD:
            return bytes([Reply.ERROR, tag, Error.KIND])
        images = self._images(payload) if kind == Request.CLASSIFY else []
        if images is None or kind in lengths and len(payload) != lengths[Request(kind)]:
            return bytes([Reply.ERROR, tag, Error.LENGTH])
        if kind == Request.IDENTIFY:
            return bytes([Reply.IDENTITY, tag]) + self.contents.identity.pack()
        if kind == Request.CLASSIFY:
            results = [self._results[image] for image in images]
            if len(results) > 1:
                results = [replace(result, cycles=0) for result in results]
            return bytes([Reply.RESULT, tag]) + b"".join(result.pack() for result in results)
        if not self.contents.stored:
            return bytes([Reply.ERROR, tag, Error.VECTORS])
        if kind == Request.SELF_TEST:
            return bytes([Reply.SELF_TEST, tag]) + SELF_TEST.pack(len(self.contents.stored), 0)
        count, = IMAGES.unpack(payload)
        if not count:
            return bytes([Reply.ERROR, tag, Error.ARGUMENT])
        return bytes([Reply.COUNT, tag]) + COUNT.pack(count, 0, self._counted(count))

    def _images(self, payload: bytes) -> list[bytes] | None:
        """Images of a CLASSIFY; None if they are not as many as it says, or more than it can hold."""
        if not IMAGES.size < len(payload) <= IMAGES.size + self.contents.identity.capacity:
            return None
        count, = IMAGES.unpack_from(payload)
        found = self.contents.coding.unpack(payload[IMAGES.size:], self.contents.pixels)
        return found if found is not None and len(found) == count <= MAX_IMAGES else None

    def _classify(self, images: Iterable[bytes]) -> None:
        """Compute and keep the results of all images, the new ones together."""
        new = [pixels for pixels in dict.fromkeys(images) if pixels not in self._results]
        if not new:
            return
        channels, height, width = input_shape(self.network, self._resize)
        images = np.frombuffer(b"".join(new), np.uint8).reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
        outcome = run(self.network, resize(self._resize, images) if self._resize else images)
        rows = zip(new, outcome.class_index.tolist(), outcome.tick.tolist(), outcome.potentials.tolist(), strict=True)
        for pixels, class_index, tick, potentials in rows:
            self._results[pixels] = Result(class_index, tick, self._times.cycles[tick], tuple(potentials))

    def _count(self, images: int) -> int:
        ticks = [vector.result.tick for vector in self.contents.stored]
        decisions = [ticks[index % len(ticks)] for index in range(images)]
        return min(count_cycles(self._nodes, self.contents.pixels, decisions), MAX_CYCLES)
