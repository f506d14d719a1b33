import json
from dataclasses import replace

import pytest

from binspike import cli
from image_sets import KNOWN, Known
from image_sets.idx import Idx
from tests.helpers.image_sets import (
    noise,
    png,
    tree_members,
    write_archive,
    write_binary,
    write_cifar_100,
    write_python,
    write_tree,
)
from tests.helpers.training.recipes import write_data_set


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BINSPIKE_CACHE", str(tmp_path.with_name("cache")))


def run(capsys, *arguments):
    status = cli.main(["data", *map(str, arguments)])
    output = capsys.readouterr()
    return status, output.out, output.err


def checked(capsys, *arguments):
    status, out, _ = run(capsys, "check", *arguments, "--json")
    return status, json.loads(out)


def test_list_names_every_known_data_set_and_its_place(capsys, tmp_path, monkeypatch):
    unpublished = Known(title="Own", places=(Idx(path="own"),), images={"train": 1, "test": 1})
    monkeypatch.setattr("image_sets.KNOWN", KNOWN | {"own": unpublished})
    write_binary(tmp_path / "cifar-10-batches-bin")
    status, out, _ = run(capsys, "list", "--data", tmp_path)
    lines = out.splitlines()
    assert status == 0
    assert [line.split()[0] for line in lines[1:]] == [*KNOWN, "own"]
    assert lines[1].split(maxsplit=3) == ["mnist", "60,000", "10,000", "not here; binspike data download fetches it"]
    assert lines[3].split(maxsplit=3) == ["cifar-10", "50,000", "10,000", str(tmp_path / "cifar-10-batches-bin")]
    assert lines[-1].endswith("  not here")
    places = {each["name"]: each["place"] for each in json.loads(run(capsys, "list", "--data", tmp_path, "--json")[1])}
    assert [name for name, place in places.items() if place] == ["cifar-10"]


def test_list_where_there_is_no_data_folder(capsys, tmp_path, no_data):
    status, out, _ = run(capsys, "list", "--json")
    assert (status, {each["place"] for each in json.loads(out)}) == (0, {None})
    assert run(capsys, "list", "--data", tmp_path / "x")[0] == 2


@pytest.mark.parametrize(("write", "kind", "shape", "train"), [
    (lambda path: write_tree(path, {"a": 10, "b": 5}), "tree", [1, 4, 6], [8, 4]),
    (lambda path: write_archive(path.with_suffix(".tar.gz"), tree_members(3, 2), "w:gz"), "archive", [1, 5, 5], [3, 3]),
    (lambda path: write_data_set(path) / "mnist", "idx", [1, 8, 8], None),
    (write_binary, "cifar", [3, 32, 32], None), (write_python, "cifar-python", [3, 32, 32], None),
    (write_cifar_100, "cifar-100", [3, 32, 32], [0] * 97 + [1] * 3)])
def test_every_kind_is_recognised(capsys, tmp_path, write, kind, shape, train):
    path = write(tmp_path / "set")
    _, (found,) = checked(capsys, path)
    assert (found["path"], found["kind"], found["shape"]) == (str(path), kind, shape)
    assert train in (None, found["images"]["train"])


def test_a_tree_in_words(capsys, tmp_path):
    write_tree(tmp_path / "zoo", {"ant": 10, "bee": 5})
    status, out, _ = run(capsys, "check", tmp_path / "zoo")
    assert (status, out.splitlines()) == (0, [
        f"data set   {tmp_path / 'zoo'} (tree)", "images     12 to train, 3 to test, 6 x 4, grey",
        "pictures   as they are",
        "classes    ant 8 + 2, bee 4 + 1", "checksums  none known"])


def test_a_folder_of_data_sets(capsys, tmp_path):
    write_tree(tmp_path / "zoo", {"ant": 10, "bee": 5})
    write_python(tmp_path / "batches")
    write_tree(tmp_path / ".hidden", {"ant": 10, "bee": 5})
    (tmp_path / "notes.txt").write_text("")
    status, found = checked(capsys, tmp_path)
    assert (status, [each["kind"] for each in found]) == (0, ["cifar-python", "tree"])


def test_pictures_are_scaled_on_demand(capsys, tmp_path):
    write_tree(tmp_path / "zoo", {"ant": 10, "bee": 5})
    (tmp_path / "zoo" / "ant" / "x.png").write_bytes(png(noise(9, 9)))
    status, _, err = run(capsys, "check", tmp_path / "zoo")
    assert (status, err.count("\n")) == (2, 1)
    assert "images must be of one size" in err
    _, (found,) = checked(capsys, tmp_path / "zoo", "--size", 8, "--colour", "rgb")
    assert found["shape"] == [3, 8, 8]


def test_a_data_set_that_is_not_what_it_is_called(capsys, tmp_path):
    """Its files have the names of MNIST's and another content."""
    path = write_data_set(tmp_path) / "mnist"
    status, out, err = run(capsys, "check", path)
    assert status == 1
    assert "checksums  0 of 4 are the known ones" in out
    assert err.startswith(f"binspike: {path} is not MNIST as it is known: train-images-idx3-ubyte has another ")
    assert err.endswith(", train has 48 images, not 60,000, test has 20 images, not 10,000\n")


def test_a_data_set_in_any_order_is_known_by_its_images(capsys, tmp_path, monkeypatch):
    """An image more or less, another pixel, or another label is another content."""
    path = write_cifar_100(tmp_path / "cifar-100-binary") / "train.bin"
    known = KNOWN["cifar-100"]
    contents = {split: known.read(tmp_path, split).digest for split in ("train", "test")}
    monkeypatch.setitem(KNOWN, "cifar-100", replace(known, images={}, contents=contents))
    first, rest = path.read_bytes()[:3074], path.read_bytes()[3074:]
    for content, whole in ((first + rest, True), (rest + first, True), (first + rest + first, False),
                           (rest, False), (first[:1] + b"\0" + first[2:] + rest, False),
                           (first[:-1] + bytes([first[-1] ^ 1]) + rest, False)):
        path.write_bytes(content)
        status, (found,) = checked(capsys, path.parent)
        assert (status, found["name"], found["checksums"]) == (1 - whole, "cifar-100", {"train": whole, "test": True})
        assert found["differences"] == ["train has another checksum"] * (not whole)


@pytest.mark.parametrize(("write", "message"), [
    (lambda path: path, "folder to check must exist, not {path}"),
    (lambda path: path.mkdir(), ("{path}: must hold a data set: IDX files, batches of CIFAR-10, or pictures in "
     "CLASS/NAME, or in train/CLASS/NAME and test/CLASS/NAME; see binspike data check --help")),
    *((lambda path, content=content: path.write_bytes(content),
       f"{{path}}: must be the folder of a data set, or an archive of pictures (.tar.xz, .tar.gz), not {kind}")
      for content, kind in ((b"", "an empty file"), (b"# Title", "a text"), (b"\0\0\x08\3", "an IDX file"),
                            (b"\x89PNG", "a PNG picture"))),
    (lambda path: (write_binary(path) / "test_batch.bin").unlink(), "{path} must hold test_batch.bin; fetch it again")])
def test_what_cannot_be_checked(capsys, tmp_path, write, message):
    write(tmp_path / "set")
    assert run(capsys, "check", tmp_path / "set") == (2, "", f"binspike: {message.format(path=tmp_path / 'set')}\n")


def test_train_and_test_of_two_shapes(capsys, tmp_path):
    for split, size in (("train", (4, 6)), ("test", (5, 6))):
        write_tree(tmp_path / "zoo", {"a": 3, "b": 3}, split=split, size=size)
    assert "images of train and test must be of one shape, not (1, 4, 6) and (1, 5, 6)" in run(
        capsys, "check", tmp_path / "zoo")[2]


def test_sizes_are_for_pictures(capsys, tmp_path):
    write_binary(tmp_path / "set")
    assert "is for pictures, and not for a data set of kind cifar" in run(
        capsys, "check", tmp_path / "set", "--size", 3)[2]


@pytest.mark.data
def test_cifar_10_as_it_is_published(capsys, data_folder):
    status, (found,) = checked(capsys, data_folder / "cifar-10-batches-bin")
    assert (status, found["name"], found["checksums"]) == (0, "cifar-10", {"train": True, "test": True})
    assert found["images"] == {"train": [5000] * 10, "test": [1000] * 10}


@pytest.mark.data
def test_mnist_as_it_is_published(capsys, data_folder):
    status, (found,) = checked(capsys, data_folder / "mnist")
    assert (status, found["name"], found["differences"]) == (0, "mnist", [])
    assert all(found["checksums"].values())
    assert found["images"]["test"] == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
