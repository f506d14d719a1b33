"""Frames and payloads of the serial protocol, against bytes written down by hand and every way to cut a stream."""

import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.serial_link.protocol import ESCAPE, FLAG, RESIDUE, Deframer, Identity, Result, frame

IDENTITY = Identity(channels=1, height=28, width=28, classes=10, steps=7, coding=7, capacity=1018, slots=5,
                    vectors=2, clock_hz=12_000_000, baud=1_000_000, initiation_interval=12_800,
                    digest=bytes(range(32)), made_by="0.1.0")


def test_a_frame_byte_by_byte():
    assert frame(bytes([1, 2])) == bytes([FLAG, 1, 2]) + zlib.crc32(bytes([1, 2])).to_bytes(4, "little") + bytes([FLAG])


def test_flag_and_escape_are_stuffed():
    assert frame(bytes([FLAG, ESCAPE]))[1:5] == bytes([ESCAPE, 0x5E, ESCAPE, 0x5D])


def test_the_residue_is_that_of_any_body():
    body = b"any body"
    assert zlib.crc32(body + zlib.crc32(body).to_bytes(4, "little")) == RESIDUE


@given(bodies=st.lists(st.binary(min_size=2, max_size=9), max_size=5), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_frames_come_back_however_they_are_cut(bodies, cuts):
    stream = b"".join(map(frame, bodies))
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    deframer = Deframer(longest=9)
    found = [body for a, b in zip(edges, edges[1:], strict=False) for body in deframer.feed(stream[a:b])]
    assert found == bodies


@given(body=st.binary(min_size=2, max_size=9), at=st.integers(0, 14), bit=st.integers(0, 7))
def test_a_flipped_bit_gives_no_body(body, at, bit):
    stream = bytearray(frame(body))
    stream[at % len(stream)] ^= 1 << bit
    assert body not in list(Deframer(longest=9).feed(bytes(stream)))


@pytest.mark.parametrize(("data", "found"), [
    (bytes([FLAG]) * 5, []),
    (bytes([FLAG, 1, 2, 3, 4, 5, FLAG]), []),
    (bytes([FLAG, 1, 2, 3, 4, 5, 6, FLAG]), [None]),
    (bytes([FLAG, 1, 2, 3, 4, 5, 6, 7, ESCAPE, FLAG]), []),
    (b"garbage" + frame(b"whole"), [None, b"whole"]),
], ids=["flags", "short", "damaged", "aborted", "garbage before"])
def test_what_is_no_frame(data, found):
    assert list(Deframer(longest=9).feed(data)) == found


def test_a_body_that_is_too_long_is_damage_wherever_it_is_stuffed():
    assert list(Deframer(longest=2).feed(frame(bytes(10) + bytes([FLAG])) + frame(b"ab"))) == [None, b"ab"]


def test_identity_and_result_come_back():
    result = Result(class_index=3, tick=7, cycles=14_273, potentials=(-5, 0, 2**31 - 1))
    assert Identity.unpack(IDENTITY.pack()) == IDENTITY
    assert Result.unpack(result.pack()) == result


@pytest.mark.parametrize("layout", [b"", bytes(32) + b"1,1,1", b";1x1x1/1+0+0" * 2 + b"12345678" + b"3,25,1 1,2,1 x2"])
@pytest.mark.parametrize("picture", ["", "160x120x3/4+24+4", "64x64x1/2+0+0,invert"])
def test_layout_and_picture_come_back(layout, picture):
    identity = replace(IDENTITY, layout=layout, picture=picture)
    assert Identity.unpack(identity.pack()) == identity


@pytest.mark.parametrize(("payload", "message"), [
    (b"\3\0" + IDENTITY.pack()[2:], "protocol version must be 2, not 3"),
    (IDENTITY.pack()[:-1], "identity must have 80 bytes, not 79"),
    (b"", "identity must have 80 bytes, not 0"),
    (IDENTITY.pack()[:-1] + b"\xff", "version in the identity must be ASCII, not b'0.1.0"),
])
def test_a_wrong_identity(payload, message):
    with pytest.raises(ValueError, match=message):
        Identity.unpack(payload)


@pytest.mark.parametrize("length", [0, 7, 9])
def test_a_wrong_result(length):
    with pytest.raises(ValueError, match=f"^result must have 8 bytes and 4 a class, not {length}$"):
        Result.unpack(bytes(length))
