import tracemalloc
import zlib
from dataclasses import replace

import pytest

from quant.files.container import ArtefactError, pack
from quant.files.samples import FORMAT, Samples, load, save
from sim.data import arrays

SAMPLES = Samples(data_set="MNIST", split="test", shape=(2, 3, 4), pixels=bytes(range(72)), labels=b"\1\2\3")
DOCUMENT = {"data_set": "MNIST", "split": "test", "shape": [2, 3, 4]}
TENSORS = {"labels": b"\1\2\3", "pixels": zlib.compress(SAMPLES.pixels)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "samples"


def test_load_gives_what_was_saved(path):
    save(SAMPLES, path)
    assert load(path) == SAMPLES


def test_images(path):
    assert SAMPLES.images == (bytes(range(24)), bytes(range(24, 48)), bytes(range(48, 72)))


def test_arrays():
    images, labels = arrays(SAMPLES)
    assert images.shape == (3, 2, 3, 4)
    assert images[1, 1, 2, 3] == 47
    assert labels.tolist() == [1, 2, 3]


@pytest.mark.parametrize(("field", "message"), [
    ({"data_set": "a\n"}, r"at most 64 printable characters, not 'a\\n'"),
    ({"shape": (2, 3)}, r"three axes and 1..16777216 pixels, not \(2, 3\) and 72"),
    ({"shape": (0, 3, 4)}, r"shape\[0\] must be in 1..16777216, not 0"),
    ({"labels": b"\1"}, r"one label an image of \(2, 3, 4\), not 1 labels for 72 pixels"),
    ({"pixels": b"", "labels": b""}, r"1..16777216 pixels, not \(2, 3, 4\) and 0")])
def test_wrong_field(field, message):
    with pytest.raises(ValueError, match=message):
        replace(SAMPLES, **field)


@pytest.mark.parametrize(("document", "tensors", "message"), [
    ({"extra": 1}, {}, "samples must have data_set, split, shape, labels and pixels"),
    ({"shape": 3}, {}, "samples must have data_set, split, shape, labels and pixels"),
    ({"shape": [2**24] * 9}, {}, "pixels must decompress to 16777216 bytes|three axes"),
    ({"shape": [2, 3, 5]}, {}, "one label an image"),
    ({"split": 3}, {}, "printable characters, not 3"),
    ({}, {"extra": b""}, "samples must have data_set, split, shape, labels and pixels"),
    ({}, {"labels": (1, 2, 3)}, "samples must have data_set, split, shape, labels and pixels"),
    ({}, {"labels": b"\1\2"}, "pixels must decompress to 48 bytes"),
    ({}, {"pixels": b"noise"}, "pixels must be compressed by zlib"),
    ({}, {"pixels": TENSORS["pixels"] + b"x"}, "pixels must decompress to 72 bytes"),
    ({}, {"pixels": TENSORS["pixels"][:-1]}, "pixels must decompress to 72 bytes")])
def test_damaged_file(path, document, tensors, message):
    path.write_bytes(pack(FORMAT, DOCUMENT | document, TENSORS | tensors))
    with pytest.raises(ArtefactError, match=message):
        load(path)


def test_bomb_takes_no_memory(path):
    path.write_bytes(pack(FORMAT, DOCUMENT, TENSORS | {"pixels": zlib.compress(bytes(2**26), 9)}))
    tracemalloc.start()
    try:
        with pytest.raises(ArtefactError, match="pixels must decompress to 72 bytes"):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_not_canonical_file_is_refused(path):
    data = pack(FORMAT, DOCUMENT, TENSORS)
    length = int.from_bytes(data[:8], "little")
    path.write_bytes((length + 8).to_bytes(8, "little") + data[8:8 + length] + b" " * 8 + data[8 + length:])
    with pytest.raises(ArtefactError, match="file is not in canonical form"):
        load(path)
