"""Frames between host and board over the serial link; docs/protocol.md describes them for people.

A frame is a body and its CRC between two flags, stuffed as in RFC 1662 (PPP in HDLC-like framing, section 4): a byte
that is FLAG or ESCAPE is sent as ESCAPE and the byte XOR 0x20. A body is a kind, a tag that the host chooses and the
response repeats, and a payload; all integers are little endian. Responses come in the order of the requests. Standard
library only.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

VERSION = 2
RATES = (12_000_000, 8_000_000, 6_000_000, 4_000_000, 3_000_000, 2_000_000, 1_000_000)  # one of them, unless asked for
BAUD = RATES[-1]
FLAG, ESCAPE, FLIP = 0x7E, 0x7D, 0x20
CRC_BYTES = 4  # CRC-32 of ISO-HDLC: `zlib.crc32` of the body, low byte first
RESIDUE = 0x2144DF1C  # `zlib.crc32` of a body and its CRC, for any body
HEAD_BYTES = 2  # kind and tag
SHORTEST = HEAD_BYTES + CRC_BYTES
MAX_COUNT = 0xFFFF
MAX_IMAGES = 0xFF  # of a CLASSIFY
MAX_CYCLES = 0xFFFFFFFF  # a count of cycles that reaches it has overflowed


class Request(IntEnum):
    """Kinds of request; LOAD of a board that can take another network."""

    IDENTIFY = 0x01
    CLASSIFY = 0x02
    SELF_TEST = 0x03
    COUNT = 0x04
    LOAD = 0x05


class Reply(IntEnum):
    """Kinds of response: the request's plus 0x80, or ERROR."""

    IDENTITY = 0x81
    RESULT = 0x82
    SELF_TEST = 0x83
    COUNT = 0x84
    LOAD = 0x85
    ERROR = 0xFF


class Error(IntEnum):
    """Reason of an ERROR, the byte of its payload."""

    DAMAGED = 1  # the CRC is wrong; the tag cannot be trusted and is 0 in the response
    LENGTH = 2  # the payload's length is not the kind's
    KIND = 3  # there is no such kind of request
    OVERRUN = 4  # more requests were on their way than the board holds; this one was dropped
    VECTORS = 5  # the board stores no test vectors
    ARGUMENT = 6  # a count of 0 images
    NETWORK = 7  # the board holds no whole network, since a load has not come to its end


MEANINGS = {
    Error.DAMAGED: "a frame was damaged on its way",
    Error.LENGTH: "a frame has the wrong length",
    Error.KIND: "the kind of request is unknown",
    Error.OVERRUN: "more requests were sent than the board holds",
    Error.VECTORS: "the board stores no test vectors",
    Error.ARGUMENT: "an image count must be at least 1",
    Error.NETWORK: "the board holds no valid network, since a load was broken off; load it again by binspike load",
}


def frame(body: bytes) -> bytes:
    """Bytes of the frame of ``body``, with a flag at both ends."""
    stuffed = body + zlib.crc32(body).to_bytes(CRC_BYTES, "little")
    for byte in (ESCAPE, FLAG):  # in this order
        stuffed = stuffed.replace(bytes([byte]), bytes([ESCAPE, byte ^ FLIP]))
    return bytes([FLAG]) + stuffed + bytes([FLAG])


class Deframer:
    """Deframer: from bytes of the serial link to bodies, None for a frame whose CRC is wrong.

    Fewer bytes than the shortest frame, and a frame that ends in ESCAPE FLAG, which aborts it, are ignored.

    Parameters
    ----------
    longest : int
        Size of the longest body that is expected, in bytes; no more of a longer one is kept.
    """

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._bytes, self._escaped = bytearray(), False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Bodies of the frames that ``data`` completes, in order; None for a damaged one."""
        for byte in data:
            if byte == FLAG:
                done, aborted = bytes(self._bytes), self._escaped
                self._bytes, self._escaped = bytearray(), False
                if len(done) >= SHORTEST and not aborted:
                    whole = len(done) <= self.longest + CRC_BYTES and zlib.crc32(done) == RESIDUE
                    yield done[:-CRC_BYTES] if whole else None
            elif byte == ESCAPE:
                self._escaped = True
            else:
                if len(self._bytes) <= self.longest + CRC_BYTES:
                    self._bytes.append(byte ^ FLIP if self._escaped else byte)
                self._escaped = False


IDENTITY = struct.Struct("<10H3I32s16s")
DIGEST_AT = struct.calcsize("<10H3I")  # byte of the identity at which the digest begins
NO_NETWORK = bytes(32)  # digest of a board that holds no valid network
PICTURE_MARK = b";"  # in front of the picture; no folding, with which a layout ends, ends as a picture does
_PICTURE = re.compile(PICTURE_MARK + rb"(\d+x\d+x\d/\d+\+\d+\+\d+(?:,invert)?)\Z")


def tail(layout: bytes, picture: str) -> bytes:
    """Bytes behind the fields that every board has; arguments as of `Identity`."""
    return layout + (PICTURE_MARK + picture.encode("ascii") if picture else b"")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Identity of a board: the network that it holds, and the parameters of its design.

    Parameters
    ----------
    version : int
        Version of the protocol; the first field, so that every host can read it.
    channels, height, width : int
        Shape of an image; of a board that takes pictures of a camera, of a picture.
    classes, steps : int
        Classes and ticks of the network.
    coding : int
        Ticks of the spike times by which pixels are sent; 0: pixels are sent as they are.
    capacity : int
        Bytes of images in a request.
    slots : int
        Largest number of requests without a response, at least 2.
    vectors : int
        Number of stored test vectors.
    clock_hz, baud : int
        Clock frequency in Hz, and symbol rate of the serial link.
    initiation_interval : int
        Predicted cycles an image when images follow each other with no gap.
    digest : bytes
        SHA-256 of the network, 32 bytes; all 0 of a board that holds no valid one.
    made_by : str
        Version of binspike, up to 16 ASCII characters.
    layout : bytes
        As of `quant.serial_link.reload.layout`, of a board that takes other networks; else empty.
    picture : str
        As of `quant.dataflow.cores.resize.Resize.text`, of a board that takes pictures of a camera; else empty.
    """

    version: int = VERSION
    channels: int
    height: int
    width: int
    classes: int
    steps: int
    coding: int
    capacity: int
    slots: int
    vectors: int
    clock_hz: int
    baud: int
    initiation_interval: int
    digest: bytes
    made_by: str
    layout: bytes = b""
    picture: str = ""

    @property
    def behind(self) -> bytes:
        """Bytes behind the fields that every board has."""
        return tail(self.layout, self.picture)

    def pack(self) -> bytes:
        """Payload of an IDENTITY."""
        return IDENTITY.pack(self.version, self.channels, self.height, self.width, self.classes, self.steps,
                             self.coding, self.capacity, self.slots, self.vectors, self.clock_hz, self.baud,
                             self.initiation_interval, self.digest, self.made_by.encode("ascii")) + self.behind

    @classmethod
    def unpack(cls, payload: bytes) -> "Identity":
        """Identity of the payload of an IDENTITY.

        Raises
        ------
        ValueError
            The length, or a field, is not that of this version.
        """
        if len(payload) >= 2 and (version := int.from_bytes(payload[:2], "little")) != VERSION:
            raise ValueError(f"protocol version must be {VERSION}, not {version}")
        if len(payload) < IDENTITY.size:
            raise ValueError(f"identity must have {IDENTITY.size} bytes, not {len(payload)}")
        *numbers, digest, made_by = IDENTITY.unpack_from(payload)
        names = ("version", "channels", "height", "width", "classes", "steps", "coding", "capacity", "slots", "vectors",
                 "clock_hz", "baud", "initiation_interval")
        try:
            text = made_by.rstrip(b"\0").decode("ascii")
        except UnicodeDecodeError:
            raise ValueError(f"version in the identity must be ASCII, not {made_by!r}") from None
        layout = payload[IDENTITY.size:]
        found = _PICTURE.search(layout)
        return cls(**dict(zip(names, numbers, strict=True)), digest=digest, made_by=text,
                   layout=layout[:found.start()] if found else layout, picture=found[1].decode() if found else "")


@dataclass(frozen=True)
class Result:
    """Result of one image.

    Parameters
    ----------
    class_index : int
    tick : int
        Decision tick; ``steps`` if no output fired.
    cycles : int
        Single-image latency: clock cycles from that of the first pixel to that of the result, both included; 0 if it
        was not measured, since the request had several images.
    potentials : tuple of int
        V of every output at the decision tick, or at the last tick if no output fired.
    """

    class_index: int
    tick: int
    cycles: int
    potentials: tuple[int, ...]

    def pack(self) -> bytes:
        """Payload of a RESULT."""
        return struct.pack(f"<HHI{len(self.potentials)}i", self.class_index, self.tick, self.cycles, *self.potentials)

    @classmethod
    def unpack(cls, payload: bytes) -> "Result":
        """Result of the payload of a RESULT.

        Raises
        ------
        ValueError
            The length is not that of a result.
        """
        if len(payload) < 8 or len(payload) % 4:
            raise ValueError(f"result must have 8 bytes and 4 a class, not {len(payload)}")
        class_index, tick, cycles, *potentials = struct.unpack(f"<HHI{len(payload) // 4 - 2}i", payload)
        return cls(class_index, tick, cycles, tuple(potentials))


SELF_TEST = struct.Struct("<HH")  # vectors run, vectors whose result was not the stored one, in any byte
IMAGES = struct.Struct("<H")  # in front of the images of a CLASSIFY, or alone: how many a COUNT runs
LOAD_BLOCK = struct.Struct("<H")  # in front of the bytes of a LOAD: place of the block, from 0
LOADED = struct.Struct("<HH")  # place of the block that the board waits for; 1 once the network is whole and valid
COUNT = struct.Struct("<HHI")  # images run; those with a wrong class or tick; cycles, first pixel to last result
