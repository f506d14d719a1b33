from pathlib import Path

import pytest

from image_sets import KNOWN, data_folder, parse
from image_sets.folders import folders
from quant.files import cache

MNIST = KNOWN["mnist"]


pytestmark = pytest.mark.usefixtures("no_data")


@pytest.fixture
def cached():
    """The data folder of the cache, which is not there."""
    return cache.folder("data")


def holding(folder, name="mnist"):
    (folder / name).mkdir(parents=True)
    return folder


def test_the_cache_comes_before_the_current_folder(cached):
    holding(cached, "fashion-mnist")
    holding(Path("data"))
    assert data_folder(MNIST) == Path("data")
    holding(cached)
    assert data_folder(MNIST) == cached


def test_the_variable_comes_before_the_cache(cached, tmp_path, monkeypatch):
    holding(cached)
    monkeypatch.setenv("BINSPIKE_DATA", str(holding(tmp_path / "mine")))
    assert data_folder(MNIST) == tmp_path / "mine"


def test_what_is_given_comes_before_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("BINSPIKE_DATA", str(holding(tmp_path / "mine")))
    assert data_folder(MNIST, holding(tmp_path / "given")) == tmp_path / "given"


@pytest.mark.parametrize("named", ["given", "variable"])
def test_a_named_folder_is_the_only_one(cached, tmp_path, monkeypatch, named):
    holding(cached)
    empty = tmp_path / "empty"
    if named == "variable":
        monkeypatch.setenv("BINSPIKE_DATA", str(empty))
    with pytest.raises(FileNotFoundError, match=f"^data set MNIST must be in {empty}: "):
        data_folder(MNIST, empty if named == "given" else None)


def test_the_error_says_where_it_was_looked_for_and_what_to_do(cached):
    with pytest.raises(FileNotFoundError) as caught:
        data_folder(MNIST)
    assert str(caught.value) == (
        f"data set MNIST must be in {cached} or data: fetch it by binspike data download mnist, or give "
        "the folder that holds it by --data or BINSPIKE_DATA")


def test_a_data_set_that_nobody_publishes_is_not_to_be_fetched(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"^data set photos must be in {tmp_path}: give the folder that holds"):
        data_folder(parse({"kind": "tree", "path": "some/photos"}), tmp_path)


def test_every_place_of_a_data_set_counts(tmp_path):
    assert data_folder(KNOWN["cifar-10"], holding(tmp_path / "python", "cifar-10-batches-py")) == tmp_path / "python"


def test_these_are_all(cached):
    assert folders() == (cached, Path("data"))
