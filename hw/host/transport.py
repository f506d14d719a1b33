"""Transport of requests to a board and of their responses, in order, over a serial link that may damage or lose any.

Up to ``window`` requests wait for their response at a time. Responses come in the order of the requests, so a response
shows that every earlier request without one is lost: those are sent again. So are all that wait once as many frames
were damaged as requests wait, and after a silence. A request keeps its tag: a late response is accepted, and a second
one ignored. Only a response to a request counts as progress; neither garbage nor damage puts the deadline off.
"""

import itertools
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from quant.serial_link.protocol import HEAD_BYTES, MEANINGS, Deframer, Error, Reply, Request, frame

from .serial_port import BoardError, Port, Unheard

TAGS = 255  # 1..255; 0 is the tag of responses to damaged requests
RETRIES = 8
ATTEMPTS = 4  # times that a silent board is asked before the deadline
LONGEST = 2**19  # bytes of a body; a result with 65,536 classes is shorter
RESPONSE = 0x80  # added to a request's kind, it gives that of the response


@dataclass
class _Pending:
    index: int
    tag: int
    kind: Request
    payload: bytes
    sent: int = 0  # times


class Transport:
    """Reliable transport over a serial port: requests are sent again until their response has come.

    Parameters
    ----------
    port : Port
    timeout : float
        Seconds in which the next response must come, beyond what transport and computation need.
    retries : int
        Number of times that a request is sent again before an error.

    Attributes
    ----------
    window : int
        Largest number of requests that wait for their response.
    sent, lost : int
        Number of requests sent, and of those sent again.
    """

    def __init__(self, port: Port, *, timeout: float, retries: int = RETRIES) -> None:
        self.port, self.timeout, self.retries = port, timeout, retries
        self.window, self.sent, self.lost = 1, 0, 0
        self._tags = itertools.cycle(range(1, TAGS + 1))
        for _ in range(os.urandom(1)[0]):  # responses to requests of an earlier host then hardly have our tags
            next(self._tags)
        self._deframer = Deframer(LONGEST)
        self._whole = False  # a whole frame has come, ever

    def run(self, requests: Iterable[tuple[Request, bytes]], seconds: float) -> Iterator[bytes]:
        """Payload of the response to each request, in order.

        Parameters
        ----------
        requests : iterable of (kind, payload)
            Taken as they can be sent.
        seconds : float
            Longest time that transport and computation of one of them need.

        Raises
        ------
        BoardError
            The next response did not come in ``timeout + window * seconds``, a request was lost too often, the board
            refused it, or the port has gone.
        """
        source = (_Pending(index, next(self._tags), kind, payload) for index, (kind, payload) in enumerate(requests))
        again: deque[_Pending] = deque()
        waiting: dict[int, _Pending] = {}
        responses: dict[int, bytes] = {}
        due = damaged = heard = 0
        progress = moved = self.port.clock()
        while True:
            while len(waiting) < self.window and (item := again.popleft() if again else next(source, None)):
                self._send(item)
                waiting[item.tag] = item
                moved = self.port.clock()
            if not waiting:
                return
            data = self.port.read()
            heard += len(data)
            for body in self._deframer.feed(data):
                tag = self._tag_of(body, waiting)
                if tag is None:
                    damaged += body is None or body[0] == Reply.ERROR and body[HEAD_BYTES:] == bytes([Error.DAMAGED])
                    continue
                assert body is not None
                before = list(waiting)[:list(waiting).index(tag)]
                again.extend(waiting.pop(other) for other in before)
                responses[waiting.pop(tag).index] = body[HEAD_BYTES:]
                damaged = heard = 0
                progress = moved = self.port.clock()
            while due in responses:
                yield responses.pop(due)
                due += 1
                progress = moved = self.port.clock()  # the caller's time is not the board's
            now, need = self.port.clock(), self.window * seconds
            if waiting and now - progress > self.timeout + need:
                raise (BoardError if self._whole else Unheard)(self._verdict(heard))
            if waiting and (damaged >= len(waiting) or now - moved > self.timeout / ATTEMPTS + need):
                again.extendleft(reversed(waiting.values()))
                waiting.clear()
                damaged = 0

    def _send(self, item: _Pending) -> None:
        if item.sent > self.retries:
            raise BoardError(self._verdict(heard=1))
        self.lost += item.sent > 0
        item.sent, self.sent = item.sent + 1, self.sent + 1
        self.port.write(frame(bytes([item.kind, item.tag]) + item.payload))

    def _tag_of(self, body: bytes | None, waiting: dict[int, _Pending]) -> int | None:
        """Tag of the waiting request that ``body`` is the response to; None if there is none."""
        if body is None:
            return None
        self._whole = True
        kind, tag, payload = body[0], body[1], body[HEAD_BYTES:]
        if kind == Reply.ERROR and payload == bytes([Error.OVERRUN]):
            self.window = max(1, self.window - 1)  # the next response, or silence, shows which was dropped
        elif kind == Reply.ERROR and tag in waiting:
            meaning = {bytes([error]): text for error, text in MEANINGS.items()}.get(payload, f"error {payload.hex()}")
            raise BoardError(f"board at {self.port.name} refused {waiting[tag].kind.name}: {meaning}; was it given "
                             "another bitstream meanwhile?")
        elif tag in waiting and kind == waiting[tag].kind | RESPONSE:
            return tag
        return None

    def _verdict(self, heard: int) -> str:
        """Message that says why there is no response."""
        place = f"board at {self.port.name}"
        if not heard:
            return (f"{place} is silent for {self.timeout:g} s; check its power, the port, --baud, and that it holds a "
                    "bitstream of binspike")
        if not self._whole:
            return f"{place} sends bytes, but no frame of binspike; check --baud and the bitstream"
        return (f"serial link to {place} is too noisy: {self.lost} of {self.sent} requests had to be sent again; try a "
                "shorter cable or a lower --baud")
