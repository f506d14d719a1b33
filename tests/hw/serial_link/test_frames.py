import random
import zlib

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hw.serial_link.frames import Deframer, Framer, Mark
from quant.serial_link import protocol
from tests.helpers.cores.bench import observe, pattern
from tests.helpers.serial_link.endpoint_bench import stuffed

LINE_BYTES = st.sampled_from([0x7E, 0x7D, 0x5E, 0x5D, 0, 1])


def events(data, stall=0.0, seed=0):
    """Events of the deframer for received bytes: frames as they ended, with their bytes."""
    ends = data.count(b"\x7e")
    expected = ends + sum(len(part) for part in plain(data))
    _, given = observe(Deframer(), list(data), expected, pattern(seed, stall), pattern(seed + 1, stall),
                       limit=40 * len(data) + 100)
    assert len(given) == expected
    frames, body = [], b""
    for _, event in given:
        mark = Mark(event >> 8)
        if mark is Mark.BYTE:
            body += bytes([event & 0xFF])
        else:
            frames.append((mark, body))
            body = b""
    return frames


def plain(data):
    """Bytes between flags, without stuffing."""
    parts, escaped = [b""], False
    for byte in data:
        if byte == 0x7E:
            parts.append(b"")
            escaped = False
        elif byte == 0x7D:
            escaped = True
        else:
            parts[-1] += bytes([byte ^ 0x20 if escaped else byte])
            escaped = False
    return parts


def framed(bodies, stall=0.0, seed=0):
    words = [byte | (at == len(body) - 1) << 8 for body in bodies for at, byte in enumerate(body)]
    expected = b"".join(map(protocol.frame, bodies))
    _, given = observe(Framer(), words, len(expected), pattern(seed, stall), pattern(seed + 1, stall),
                       limit=60 * len(expected))
    return bytes(byte for _, byte in given)


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_every_byte_is_framed(stall):
    bodies = [bytes(range(0, 128)), bytes(range(128, 256)), b"\x7e", b"\x7d\x7e\x7d"]
    assert framed(bodies, stall) == b"".join(map(protocol.frame, bodies))


def test_a_crc_is_stuffed():
    body = next(body for body in (number.to_bytes(2, "big") for number in range(65536))
                if 0x7E in zlib.crc32(body).to_bytes(4, "little") and 0x7D in zlib.crc32(body).to_bytes(4, "little"))
    assert framed([body]) == protocol.frame(body)


@settings(deadline=None, derandomize=True, database=None, max_examples=15, phases=(Phase.generate,))
@given(st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=4), st.integers(0, 99))
def test_what_is_framed_is_deframed(bodies, seed):
    data = framed(bodies, 0.3, seed)
    assert [body[:-4] for mark, body in events(data, 0.3, seed) if mark is Mark.WHOLE] == [
        body for body in bodies if len(body) >= 2]


@settings(deadline=None, derandomize=True, database=None, max_examples=25, phases=(Phase.generate,))
@given(st.lists(st.one_of(LINE_BYTES, st.integers(0, 255)), min_size=1, max_size=60).map(bytes), st.integers(0, 99))
def test_any_bytes_are_taken_as_the_protocol_says(data, seed):
    frames = [body[:-4] if mark is Mark.WHOLE else None for mark, body in events(data, 0.3, seed)
              if mark is not Mark.NOTHING]
    assert frames == list(protocol.Deframer(1000).feed(data))


def test_a_whole_frame_a_damaged_one_and_nothing():
    whole = b"\x01\x02" + zlib.crc32(b"\x01\x02").to_bytes(4, "little")
    wrong, short, aborted = bytes([whole[0] ^ 4]) + whole[1:], whole[:5], stuffed(whole)[:-1] + b"\x7d\x7e"
    data = stuffed(whole) + stuffed(wrong) + stuffed(short) + b"\x7e" + aborted
    assert [mark for mark, body in events(data) if body] == [Mark.WHOLE, Mark.DAMAGED, Mark.NOTHING, Mark.NOTHING]


def test_a_byte_takes_eight_cycles_and_a_flag_one():
    taken, _ = observe(Deframer(), list(b"\x7e\x01\x7d\x5e\x02\x7e"), 5)
    assert taken == [0, 8, 9, 17, 25, 26]


def test_a_body_byte_is_taken_eight_cycles_after_it_went_out():
    taken, given = observe(Framer(), [0x01, 0x102], 8)
    assert [cycle for cycle, _ in given][:3] == [0, 1, 10]
    assert taken == [9, 18]


@pytest.mark.parametrize("seed", range(2))
def test_random_bodies(seed):
    rng = random.Random(seed)
    bodies = [rng.randbytes(rng.randrange(1, 9)) for _ in range(12)]
    assert framed(bodies, 0.7, seed) == b"".join(map(protocol.frame, bodies))
