import gzip
import os
import struct
import tracemalloc

import pytest

from quant.files.idx import read_idx, read_labelled
from tests.helpers.refusals import refused

PIXELS = bytes(range(24))
HEADER = struct.pack(">BBBB3I", 0, 0, 8, 3, 2, 3, 4)


def written(tmp_path, content, name="file"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def unread(tmp_path, content, match):
    with refused(match):
        read_idx(written(tmp_path, content))


def test_plain_file_gives_shape_and_content(tmp_path):
    assert read_idx(written(tmp_path, HEADER + PIXELS)) == ((2, 3, 4), PIXELS)


def test_gzip_is_told_by_content(tmp_path):
    assert read_idx(written(tmp_path, gzip.compress(HEADER + PIXELS))) == ((2, 3, 4), PIXELS)


@pytest.mark.parametrize("magic", [b"", b"\0\0\x08", b"\0\1\x08\1", b"\0\0\x0d\1", b"\0\0\x08\0", b"\0\0\x08\5"])
def test_wrong_magic(tmp_path, magic):
    unread(tmp_path, magic, "IDX magic must be 00 00 08 and 1 to 4 axes, not ")


def test_header_cut_short(tmp_path):
    unread(tmp_path, HEADER[:9], "IDX header must hold 3 extents, not end after 5 bytes")


@pytest.mark.parametrize("shape", [(0, 3, 4), (2**31, 2**31, 2**31), (2**30, 2, 1)])
def test_wrong_extents(tmp_path, shape):
    header = struct.pack(">BBBB3I", 0, 0, 8, 3, *shape)
    unread(tmp_path, header, "IDX extents must be at least 1 and at most 268435456 together, not ")


def test_content_cut_short(tmp_path):
    unread(tmp_path, HEADER + PIXELS[:-1], r"IDX content must be 24 bytes for shape \(2, 3, 4\), not 23;")


def test_content_too_long(tmp_path):
    unread(tmp_path, HEADER + PIXELS + b"\0", r"IDX content must be 24 bytes for shape \(2, 3, 4\), not more")


def test_no_more_is_decompressed_than_announced(tmp_path):
    bomb = gzip.compress(HEADER + bytes(10**8))
    tracemalloc.start()
    unread(tmp_path, bomb, "not more")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(bomb)


def test_a_fifo_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ValueError, match="fifo: must be a regular file"):
        read_idx(tmp_path / "fifo")


def test_a_file_larger_than_any_is_not_read(tmp_path):
    with (tmp_path / "big").open("wb") as big:
        big.write(gzip.compress(HEADER + PIXELS))
        big.truncate(2**40)  # gzip would skip these zeros one by one
    with pytest.raises(ValueError, match="big: file must have at most 268500992 bytes, not 1099511627776"):
        read_idx(tmp_path / "big")


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:20] + b"\xff\xff" + b[22:], lambda b: b[:11],
                                    lambda b: b[:-1], lambda b: b + b"\0", lambda b: b + b,
                                    lambda b: b[:-8] + bytes(8)])
def test_damaged_gzip(tmp_path, damage):
    unread(tmp_path, damage(gzip.compress(HEADER + PIXELS)), "must be a whole gzip file, not a damaged one")


def labelled(tmp_path, labels=b"\1\2"):
    written(tmp_path, HEADER + PIXELS, "t10k-images-idx3-ubyte")
    header = struct.pack(">BBBBI", 0, 0, 8, 1, len(labels))
    written(tmp_path, gzip.compress(header + labels), "t10k-labels-idx1-ubyte.gz")
    return tmp_path


def test_labelled_split(tmp_path):
    assert read_labelled(labelled(tmp_path), "test") == ((2, 3, 4), PIXELS, b"\1\2")


def test_labels_of_another_set(tmp_path):
    with pytest.raises(ValueError, match=r"test images and labels in .* must be n x height x width and n, not"):
        read_labelled(labelled(tmp_path, b"\1\2\3"), "test")


def test_unknown_split(tmp_path):
    with pytest.raises(ValueError, match="split must be one of train, test, not 'valid'"):
        read_labelled(tmp_path, "valid")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="must hold train-images-idx3-ubyte or train-images-idx3-ubyte.gz"):
        read_labelled(tmp_path, "train")
