import os
import pickle
import re
import struct

import numpy as np
import pytest

from image_sets.cifar import CLASSES, Cifar
from image_sets.cifar_python import CifarPython
from image_sets.pickled import load
from tests.helpers.image_sets import python2_pickle, records, write_binary, write_python
from tests.helpers.refusals import refused

BINARY, PYTHON = Cifar(path="bin"), CifarPython(path="py")


def due(split):
    seeds = range(5) if split == "train" else [5]
    labels, rows = zip(*(records(3, seed) for seed in seeds), strict=True)
    return np.concatenate(rows).reshape(-1, 3, 32, 32), np.concatenate(labels)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("protocol", ["binary", None, 2, 3, 4])
def test_every_version_gives_the_same_images(tmp_path, split, protocol):
    if protocol == "binary":
        write_binary(tmp_path / "bin")
    else:
        write_python(tmp_path / "py", protocol=protocol)
    found = (BINARY if protocol == "binary" else PYTHON).read(tmp_path, split)
    pixels, labels = due(split)
    assert (found.pixels == pixels).all()
    assert (found.labels == labels).all()
    assert (found.pixels.dtype, found.labels.dtype, found.class_names) == (np.uint8, np.uint8, CLASSES)


def test_the_published_form_is_what_python_reads(tmp_path):
    """The stand-in for a published file is a pickle of the same content."""
    labels, rows = records(300)
    found = pickle.loads(python2_pickle(labels, rows), encoding="latin1")
    assert (found["data"] == rows).all()
    assert found["labels"] == labels.tolist()
    assert found["filenames"][299] == "image_299.png"


def unread(data_set, folder, message):
    with refused(f"^{re.escape(str(folder))}.*{message}", (ValueError, FileNotFoundError)):
        data_set.read(folder, "train")


@pytest.mark.parametrize(("change", "message"), [
    (lambda data: data[:-1], r"data_batch_2\.bin: file must be records of 3073 bytes, not 9218 bytes; fetch it again"),
    (lambda data: b"", r"data_batch_2\.bin: file must be records of 3073 bytes, not 0 bytes"),
    (lambda data: data[:3073], r"data_batch_2\.bin: file must hold 3 images, as the first batch does, not 1"),
    (lambda data: data[:3073] + b"\x0b" + data[3074:],
     r"data_batch_2\.bin: labels must be in 0\.\.9, not 11 as of image 1")])
def test_a_damaged_binary_batch(tmp_path, change, message):
    path = write_binary(tmp_path / "bin") / "data_batch_2.bin"
    path.write_bytes(change(path.read_bytes()))
    unread(BINARY, tmp_path, message)


def test_a_missing_batch(tmp_path):
    (write_binary(tmp_path / "bin") / "data_batch_4.bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"bin must hold data_batch_4\.bin; fetch it again"):
        BINARY.read(tmp_path, "train")
    assert len(BINARY.read(tmp_path, "test").labels) == 3


def test_a_fifo_for_a_batch_is_not_waited_for(tmp_path):
    path = write_binary(tmp_path / "bin") / "data_batch_1.bin"
    path.unlink()
    os.mkfifo(path)
    unread(BINARY, tmp_path, r"data_batch_1\.bin: must be a regular file")


def batch(**changes):
    labels, rows = records(3)
    return pickle.dumps({"labels": labels.tolist(), "data": rows} | changes, 2)


@pytest.mark.parametrize(("data", "message"), [
    (batch(labels=[1, 2]), r"data and labels must be n x 3072 and n, not \(3, 3072\) and 2"),
    (batch(labels=[1, 2, 10]), r"labels must be in 0\.\.9, not 10"),
    (batch(labels=[1, 2, -1]), r"labels must be in 0\.\.9, not -1"),
    (batch(labels=[1, 2, 2**900]), r"labels must be in 0\.\.9, not such a int"),
    (batch(labels=[1, 2, None]), r"labels must be in 0\.\.9, not such a NoneType"),
    (batch(labels=(1, 2, 3)), "pickle must be a dictionary with the array 'data' and the list 'labels'"),
    (batch(data=[1]), "pickle must be a dictionary with the array 'data' and the list 'labels'"),
    (batch(data=np.zeros((3, 3071), np.uint8)), r"data and labels must be n x 3072 and n, not \(3, 3071\) and 3"),
    (batch(data=np.zeros((3, 3072))), "array in the pickle must be of unsigned bytes"),
    (batch(data=np.zeros((3072, 3), np.uint8).T), "array in the pickle must be rows of unsigned bytes"),
    (pickle.dumps([1]), "pickle must be a dictionary"),
    (batch()[:-50], "pickle must be whole; fetch it again"),
    (b"", "pickle must be whole; fetch it again"),
    (b"\x89PNG", "pickle must be whole; fetch it again")])
def test_a_damaged_pickle(tmp_path, data, message):
    (write_python(tmp_path / "py") / "data_batch_1").write_bytes(data)
    unread(PYTHON, tmp_path, rf"data_batch_1: {message}")


class Runs:
    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("function", [os.system, eval, getattr, np.frombuffer, np.load])
def test_nothing_in_a_pickle_is_run(tmp_path, protocol, function):
    with pytest.raises(ValueError, match="pickle must hold plain values and an array, "):
        load(pickle.dumps({"labels": Runs(function, f"touch {tmp_path / 'run'}")}, protocol))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("data", [
    b"(ios\nsystem\n.", b"cos\nsystem\n(S'true'\ntR.", b"\x80\2(cos\nsystem\no.", b"\x80\2\x82\1.", b"P1\n.",
    b"\x80\2K\1Q.", b"\x80\2cbuiltins\nobject\n)\x81."])
def test_operations_that_could_run_something_are_refused(data):
    with pytest.raises(ValueError, match="pickle must hold plain values and an array, "):
        load(data)


def test_names_cannot_be_called_with_anything():
    for code in (b"cnumpy\ndtype\n(K\1tR.", b"cnumpy\ndtype\n(tR.", b"cnumpy\nndarray\n(K\1tR.", b"K\1K\2R.", b"]]R.",
                 b"c_codecs\nencode\n(K\1K\2tR.", b"c_codecs\nencode\n(X\1\0\0\0aX\3\0\0\0ziptR.",
                 b"cnumpy\ndtype\n]R."):
        with pytest.raises(ValueError, match="^(pickle must hold plain values and an array$|array in|text in)"):
            load(b"\x80\2" + code)


@pytest.mark.parametrize("data", [
    b"\x80\2r\xff\xff\xff\x7fN.",  # a memory of 2**31 places
    b"\x80\4\x8d" + struct.pack("<Q", 2**62) + b"abc.", b"\x80\5\x96" + struct.pack("<Q", 2**62) + b"abc.",
    b"\x8b" + struct.pack("<i", 2**31 - 1) + b"\1.", b"I" + b"9" * 10_000 + b"\n.", b"h\7.", b"t.", b"e.",
    b"\x80\2]K\1."])
def test_what_announces_more_than_it_has(data):
    with pytest.raises(ValueError, match="pickle must"):
        load(data)


def test_no_endless_work():
    with pytest.raises(ValueError, match="pickle must have at most 262144 operations"):
        load(b"\x80\2(" + b"N" * 2**19 + b"l.")


def test_lists_of_lists_of_lists_are_not_written_out(tmp_path):
    """Each step doubles what a text of the value would take: 2**60 letters in all."""
    doubled = b"\x80\2(]q\0" + b"".join(b"(h%ch%clq%c" % (n, n, n + 1) for n in range(60))
    path = write_python(tmp_path / "py") / "data_batch_1"
    for end in (b"l.", b"h\x3cs.", b"h\x3ch\x3c\x93.", b"l}U\4dataq\x3dU\6labelsh\x3cs.",
                b"cnumpy\ndtype\nh\x3c\x85R."):
        path.write_bytes(doubled + end)
        unread(PYTHON, tmp_path, "data_batch_1: (pickle must|array in)")
