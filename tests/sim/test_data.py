import pytest

from quant.files import artefact, cache
from quant.files.artefact import Provenance
from sim import data
from tests.helpers.networks import small


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mnist").mkdir()
    for name, shape, content in (("images-idx3", (2, 2, 3), bytes(range(12))), ("labels-idx1", (2,), b"\4\5")):
        header = bytes([0, 0, 8, len(shape)]) + b"".join(extent.to_bytes(4, "big") for extent in shape)
        (tmp_path / "mnist" / f"train-{name}-ubyte").write_bytes(header + content)
    return tmp_path


def test_images_and_labels(folder):
    images, labels = data.images(folder, "MNIST", "train")
    assert images.tolist() == [[[[0, 1, 2], [3, 4, 5]]], [[[6, 7, 8], [9, 10, 11]]]]
    assert labels.tolist() == [4, 5]


def test_missing_data_set(folder):
    with pytest.raises(FileNotFoundError, match=f"^data set CIFAR-10 must be in {folder}: fetch it by binspike data "):
        data.images(folder, "CIFAR-10", "train")


@pytest.fixture
def cached(no_data):
    """The data folder of the cache, which is not there."""
    return cache.folder("data")


def source(name):
    return artefact.Artefact(small(), Provenance(data_set=name, split="test", images=9, correct=1), "")


def test_without_a_data_folder_the_shipped_samples_are_the_images(no_data):
    words, images, labels = data.labelled(source("MNIST"), None)
    assert (words, len(images), len(labels)) == ("MNIST test, shipped samples", 300, 300)


def test_what_lies_in_the_cache_comes_before_the_shipped_samples(cached, folder):
    cached.parent.mkdir()
    cached.symlink_to(folder)
    words, images, _ = data.labelled(source("MNIST"), None, "train")
    assert (words, len(images)) == ("MNIST train", 2)


def test_a_named_folder_without_the_data_set_is_an_error(no_data, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="data set MNIST must be in "):
        data.labelled(source("MNIST"), tmp_path / "none")
    monkeypatch.setenv("BINSPIKE_DATA", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="data set MNIST must be in "):
        data.labelled(source("MNIST"), None)


def test_an_unknown_data_set_is_not_expected(no_data):
    assert not data.expected(None, "of my own")
    assert data.expected("here", "of my own")


def test_unknown_split(folder):
    with pytest.raises(ValueError, match="split must be one of train, test, not 'validation'"):
        data.images(folder, "mnist", "validation")
