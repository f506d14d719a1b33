"""Model of a board that takes other networks, byte for byte, as long as each whole load is one that is known."""

from collections.abc import Mapping

from quant.description.network import Network
from quant.serial_link.contents import Contents
from quant.serial_link.protocol import (
    DIGEST_AT,
    HEAD_BYTES,
    LOAD_BLOCK,
    LOADED,
    MAX_COUNT,
    NO_NETWORK,
    Error,
    Reply,
    Request,
    frame,
)
from sim.compiled.board_model import Device

NEEDS_NETWORK = (Reply.RESULT, Reply.SELF_TEST, Reply.COUNT)
DIGEST = slice(HEAD_BYTES + DIGEST_AT, HEAD_BYTES + DIGEST_AT + len(NO_NETWORK))


class LoadingDevice(Device):
    """Model of a board that can become each of some networks.

    Parameters
    ----------
    network, folding, contents
        As of `Device`.
    loads : mapping of bytes to (Network, Contents)
        All bytes of a load, as by `quant.serial_link.reload.load`, and what the board is then.
    """

    def __init__(self, network, folding, contents, loads: Mapping[bytes, tuple[Network, Contents]]) -> None:
        super().__init__(network, folding, contents)
        self.loads, self.taken, self.due, self.valid = loads, b"", 0, True

    def feed(self, data: bytes) -> bytes:
        """As of `Device`; body by body, since the network may change."""
        return b"".join(frame(self._one(body)) for body in self._deframer.feed(data))

    def _one(self, body: bytes | None) -> bytes:
        if body and body[0] == Request.LOAD:
            return self._load(body[1], body[HEAD_BYTES:])
        if body and body[0] == Request.CLASSIFY:
            self._classify(self._images(body[HEAD_BYTES:]) or [])
        response = self._response(body)
        if self.valid:
            return response
        if response[0] in NEEDS_NETWORK:
            return bytes([Reply.ERROR, response[1], Error.NETWORK])
        if response[0] == Reply.IDENTITY:
            return response[:DIGEST.start] + NO_NETWORK + response[DIGEST.stop:]
        return response

    def _load(self, tag: int, payload: bytes) -> bytes:
        if len(payload) != LOAD_BLOCK.size + self.contents.identity.capacity:
            return bytes([Reply.ERROR, tag, Error.LENGTH])
        place, = LOAD_BLOCK.unpack_from(payload)
        if place in (0, self.due):
            self.taken = (b"" if place == 0 else self.taken) + payload[LOAD_BLOCK.size:]
            self.due = place + 1 & MAX_COUNT
            self._become()
        return bytes([Reply.LOAD, tag]) + LOADED.pack(self.due, self.valid)

    def _become(self) -> None:
        """Hold the network whose load is whole, if one is."""
        found = [held for load, held in self.loads.items() if self.taken.startswith(load)]
        self.valid = bool(found)
        for self.network, self.contents in found:
            self._results.clear()
            self._counted.cache_clear()
