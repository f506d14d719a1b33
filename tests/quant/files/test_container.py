import json
import os
import struct
import tracemalloc

import pytest

from quant.files.artefact import FORMAT, load
from quant.files.container import ArtefactError, canonical, pack, unpack
from tests.helpers.damage import framed, opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def test_unpack_is_inverse_of_pack():
    document, tensors = {"a": [1, None, "é", {"b": True}]}, {"x": b"", "y": (-2**31, 2**31 - 1), "a": b"bits", "z": ()}
    assert unpack("f", pack("f", document, tensors)) == (document, tensors)


def test_order_of_content_does_not_matter():
    assert pack("f", {"a": 1, "b": 2}, {"x": b"1", "y": b"2"}) == pack("f", {"b": 2, "a": 1}, {"y": b"2", "x": b"1"})


def file(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(("data", "message"), [
    (b"", "file must be a binspike network, NAME.safetensors as binspike writes it, not an empty file"),
    (struct.pack("<Q", 2**63) + bytes(9), "binspike writes it, not a file that begins '00 00 00 00'"),
    (struct.pack("<Q", 2**63) + b"{" + bytes(9), "header must have at most 10 bytes, not 9223372036854775808"),
    (b"# Title\n\nA text.\n", "binspike writes it, not a text"),
    (struct.pack("<Q", 2**21) + bytes(2**22), "header must have at most 1048576 bytes, not 2097152"),
    (file(b"[" * 2**19), "header is no valid JSON: maximum recursion depth"),
    (file(b'{"a":' * 100_000), "header is no valid JSON: maximum recursion depth"),
    (file(b"[" * 400 + b"]" * 400), "header must be a JSON object"),
    (file(b'{"a":NaN}'), "numbers must be integers, not NaN"),
    (file(b'{"a":1e999}'), "numbers must be integers, not 1e999"),
    (file(b'{"a":' + b"9" * 9999 + b"}"), "header is no valid JSON: Exceeds the limit"),
    (file(b'{"a":1,"a":1}'), "a key occurs twice"),
    (file(b"\xff\xfe"), "header is no valid JSON"),
    (file({}), "header must hold 'binspike' as its only metadata"),
    (file({"__metadata__": {"binspike": "{}", "x": "y"}}), "header must hold 'binspike' as its only metadata"),
    (file({"__metadata__": {"binspike": "{}"}}), "metadata must have content, format, sha256 and version, not []")])
def test_damaged_header(path, data, message):
    path.write_bytes(data)
    with pytest.raises(ArtefactError) as caught:
        load(path)
    assert message in str(caught.value)


def envelope(**changes):
    return {"binspike": canonical({"format": FORMAT, "version": 1, "content": None, "sha256": "0" * 64} | changes)}


def entry(start, end, dtype="U8"):
    return {"dtype": dtype, "shape": [end - start], "data_offsets": [start, end]}


@pytest.mark.parametrize(("changes", "tensors", "message"), [
    ({"format": "other"}, {}, "format must be 'binspike network', not 'other'"),
    ({"version": 2}, {}, "format version must be 1, not 2"),
    ({}, {"a": entry(0, 8)}, "content does not match its SHA-256"),
    ({}, {"a": 5}, "tensor 'a' must have dtype U8 or I32, shape and offsets"),
    ({}, {"a": entry(0, 8, "F32")}, "tensor 'a' must have dtype U8 or I32, shape and offsets"),
    ({}, {"a": entry(0, 2**60)}, "tensor 'a' must lie at 0..8, not 0..1152921504606846976"),
    ({}, {"a": entry(-1, 8)}, "tensor 'a' must lie at 0..8, not -1..8"),
    ({}, {"a": entry(0, 8), "b": entry(0, 8)}, "tensor 'b' must lie at 8..8, not 0..8"),
    ({}, {"a": entry(0, 4), "b": entry(5, 8)}, "tensor 'b' must lie at 4..8, not 5..8"),
    ({}, {"a": entry(0, 7, "I32")}, "tensor 'a' must lie at 0..8, not 0..7"),
    ({}, {"a": entry(0, 4)}, "tensors must fill the file, but 4 bytes follow them")])
def test_damaged_tensors(path, changes, tensors, message):
    path.write_bytes(file({"__metadata__": envelope(**changes), **tensors}, bytes(8)))
    with pytest.raises(ArtefactError, match=message):
        load(path)


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null", "/"])
def test_special_file_is_refused(tmp_path, target):
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(ArtefactError, match="link: must be a regular file"):
        load(tmp_path / "link")


def test_fifo_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ArtefactError, match="fifo: must be a regular file"):
        load(tmp_path / "fifo")


def peak(path):
    tracemalloc.start()
    try:
        with pytest.raises(ArtefactError):
            load(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_oversized_file_is_not_read(tmp_path):
    with (tmp_path / "big").open("wb") as big:
        big.truncate(2**40)
    assert peak(tmp_path / "big") < 2**16


def test_overlapping_tensors_take_no_memory(tmp_path):
    tensors = {f"{i}": entry(0, 2**20) for i in range(1000)}
    (tmp_path / "bomb").write_bytes(file({"__metadata__": envelope(), **tensors}, bytes(2**20)))
    assert peak(tmp_path / "bomb") < 2**23


def test_too_many_integers_take_no_memory(tmp_path):
    (tmp_path / "many").write_bytes(
        file({"__metadata__": envelope(), "a": entry(0, 2**23, "I32")}, bytes(2**23)))
    assert peak(tmp_path / "many") < 2**23 + 2**16


def test_too_large_content_is_not_written(tmp_path):
    with pytest.raises(ArtefactError, match="file must have at most 1048576 integers, not 1048577"):
        pack(FORMAT, {}, {"a": (0,) * (2**20 + 1)})


def test_too_large_header_is_not_written():
    with pytest.raises(ArtefactError, match="header must have at most 1048576 bytes"):
        pack(FORMAT, {"a": "x" * 2**20}, {})


def test_floats_are_not_written():
    with pytest.raises(ArtefactError, match="must be integers"):
        unpack(FORMAT, pack(FORMAT, 0.5, {}))


def test_integers_beyond_32_bits_are_not_written():
    with pytest.raises(ArtefactError, match="integers must be in -2147483648..2147483647, not 5..2147483648"):
        pack(FORMAT, {}, {"a": (5, 2**31)})


@pytest.mark.parametrize("change", [
    lambda header: header["a"].update(shape=[7]), lambda header: header["a"].update(shape="any"),
    lambda header: header["a"].update(more=1)])
def test_another_header_for_the_same_content_is_refused(change):
    header, body = opened(pack("f", 1, {"a": b"1234", "b": b""}))
    assert unpack("f", framed(header, body)) == (1, {"a": b"1234", "b": b""})
    change(header)
    with pytest.raises(ArtefactError, match="not in canonical form"):
        unpack("f", framed(header, body))


def test_a_longer_header_for_the_same_content_is_refused():
    data = pack("f", 1, {"a": b"1234"})
    length = struct.unpack_from("<Q", data)[0]
    with pytest.raises(ArtefactError, match="not in canonical form"):
        unpack("f", struct.pack("<Q", length + 8) + data[8:8 + length] + b" " * 8 + data[8 + length:])
