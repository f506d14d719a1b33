import numpy as np
import pytest

from image_sets import parse
from image_sets.events.recordings import Recordings
from image_sets.events.saccades import SENSOR
from image_sets.overview import recognised
from tests.helpers.image_sets import write_archive, write_tree
from tests.helpers.refusals import refused


def content(*columns):
    """An event at each column of row 0, a microsecond after the other."""
    return b"".join(bytes([x, 0, 0x80, 0, time]) for time, x in enumerate(columns))


def lists(train, test):
    return {"train2.txt": b"#sample #class\n" + b"".join(b"%d\t%d\r\n" % each for each in train),
            "test1.txt": b"".join(b"%d %d\n" % each for each in test)}


NUMBERED = {**lists([(1, 0), (2, 1), (3, 1)], [(60001, 0), (60002, 1)]),
            **{f"{number}.bs2": content(number % 34) for number in (1, 2, 3, 60001, 60002)}}


def columns(found):
    """Class and column of the events of each image."""
    return sorted((int(label), int(np.flatnonzero(image[1, 0])[0])) for label, image in
                  zip(found.labels, found.pixels, strict=True))


def put(folder, files):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def laid_out(tmp_path, layout):
    if layout == "archive":
        write_archive(tmp_path / "set.tar.xz", NUMBERED)
        return Recordings(path="set.tar.xz")
    if layout == "archive in a folder":
        (tmp_path / "set").mkdir()
        write_archive(tmp_path / "set" / "recordings.tar.xz", NUMBERED)
    else:
        put(tmp_path / "set", NUMBERED)
    return Recordings(path="set")


@pytest.mark.parametrize("layout", ["folder", "archive", "archive in a folder"])
def test_numbered_recordings_and_lists(tmp_path, layout):
    found = laid_out(tmp_path, layout)
    assert columns(found.read(tmp_path, "train")) == [(0, 1), (1, 2), (1, 3)]
    assert columns(found.read(tmp_path, "test")) == [(0, 60001 % 34), (1, 60002 % 34)]
    assert recognised(tmp_path / found.path) is Recordings


def test_recordings_that_are_tested_though_the_list_is_for_training(tmp_path):
    put(tmp_path / "set", NUMBERED)
    found = Recordings(path="set", learned=2)
    assert columns(found.read(tmp_path, "train")) == [(0, 1), (1, 2)]
    assert columns(found.read(tmp_path, "test")) == sorted([(1, 3), (0, 60001 % 34), (1, 60002 % 34)])


def test_folders_of_n_mnist(tmp_path):
    put(tmp_path / "set", {f"{split}/{label}/{number:05}.bin": content(number) for split, label, number in
                           (("Train", 0, 1), ("Train", 7, 2), ("Test", 0, 3), ("Test", 7, 4))})
    found = Recordings(path="set").read(tmp_path, "train")
    assert (columns(found), found.class_names, found.pixels.shape) == ([(0, 1), (1, 2)], ("0", "7"), (2, 2, 34, 34))
    assert columns(Recordings(path="set").read(tmp_path, "test")) == [(0, 3), (1, 4)]
    assert recognised(tmp_path / "set") is Recordings


def test_options_say_how_events_are_binned(tmp_path):
    put(tmp_path / "set", {f"{label}/{number}.bs2": content(4, 4, 8, 12) for label in "ab" for number in (1, 2)})
    options = {"kind": "events", "path": "set", "ticks": 4, "factor": 2, "size": [1, 5], "corner": [0, 4]}
    images = parse(options).read(tmp_path, "train").pixels
    assert images.shape == (2, 2, 1, 5)
    assert images[0, 1, 0].tolist() == [0b0011, 0, 0b0100, 0, 0b1000]


@pytest.mark.parametrize(("code", "title"), [("trains", "set"), ("first", "set-first"), ("rates", "set-rates")])
def test_samples_of_one_code_are_not_those_of_another(code, title):
    assert Recordings(path="of/set", code=code).title == title


def test_description_gives_the_data_set_back():
    found = Recordings(path="set", ticks=6, factor=2, window=50_000, learned=500)
    assert parse(found.describe()) == found
    assert found.binning.size == (SENSOR[0] // 2, SENSOR[1] // 2)


def test_pictures_are_no_recordings(tmp_path):
    write_tree(tmp_path / "zoo", {"a": 2, "b": 2})
    assert recognised(tmp_path / "zoo").kind == "tree"
    write_archive(tmp_path / "zoo.tar.xz", {"a/1.png": b"x"})
    assert recognised(tmp_path / "zoo.tar.xz").kind == "archive"


@pytest.mark.parametrize(("files", "message"), [
    ({"1.bs2": content(1), **lists([(1, 0), (2, 1)], [(1, 0)])}, r"set: recording 2, of a list, must be there$"),
    ({"1.bs2": content(1), "train.txt": b"1 x", "test.txt": b"1 0"}, "line of a list must be number and class .*'1 x'"),
    ({"a/1.bs2": content(1), "b/x.wav": b""}, r"recordings must be \.bin .* not 'b/x\.wav'; convert it, or remove it$"),
    ({f"{label}/{index}.bs2": b"abc" for label in "ab" for index in (0, 1)},
     r"[01]\.bs2: recording must have five bytes an event, not 3 bytes: it is cut short$")])
def test_what_is_wrong_is_said_with_the_file(tmp_path, files, message):
    put(tmp_path / "set", files)
    with refused(message):
        Recordings(path="set", test=0.01).read(tmp_path, "train")


def test_an_archive_of_another_layout(tmp_path):
    write_archive(tmp_path / "set.tar.gz", {"a/1.bs2": content(1)}, "w:gz")
    with refused(r"set\.tar\.gz: archive must hold numbered recordings and lists train\*\.txt and test\*\.txt; unpack"):
        Recordings(path="set.tar.gz").read(tmp_path, "train")


@pytest.mark.parametrize(("options", "message"), [
    ({"sensor": (34,)}, "^sensor must be height and width"), ({"learned": 0}, "^learned must be in"),
    ({"ticks": 9}, "^ticks of trains must be in"), ({"factor": 40}, r"^factor must be in 1\.\.34, not 40$"),
    ({"path": "../x"}, "^path must be relative")])
def test_wrong_options(options, message):
    with refused(message):
        Recordings(**{"path": "set", **options})


def test_of_a_long_recording_the_first_windows_alone_are_read(tmp_path):
    long = np.array([(3, 0, 1, 0), (5, 0, 1, 7), (9, 0, 1, 8), (9, 0, 1, 2**40 - 1)])
    for place in ("train/0", "train/1", "test/0", "test/1"):
        (tmp_path / "set" / place).mkdir(parents=True)
        np.save(tmp_path / "set" / place / "0.npy", long)
    image = Recordings(path="set", window=1).read(tmp_path, "train").pixels[0]
    assert [(int(column), int(image[1, 0, column])) for column in np.flatnonzero(image[1, 0])] == [(3, 1), (5, 128)]


@pytest.mark.parametrize("given", [lists([(1, 0), (2, 1), (1, 1)], [(60001, 0), (60002, 1)]),
                                   lists([(1, 0), (2, 1)], [(1, 0), (60002, 1)])])
def test_a_recording_of_two_classes_or_splits(tmp_path, given):
    put(tmp_path / "set", NUMBERED | given)
    with refused("recording 1 must be of one class, and in the lists of one split; leave it out of the others$"):
        Recordings(path="set").read(tmp_path, "train")
