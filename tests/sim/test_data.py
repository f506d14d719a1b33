import pytest

from sim import data


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


def test_folder_from_environment(folder, monkeypatch):
    monkeypatch.setenv("BINSPIKE_DATA", str(folder))
    assert data.folder() == folder


def test_argument_beats_environment(folder, monkeypatch):
    monkeypatch.setenv("BINSPIKE_DATA", "/elsewhere")
    assert data.folder(folder) == folder


def test_missing_folder():
    with pytest.raises(FileNotFoundError, match="data folder /none does not exist: give it by --data or BINSPIKE_DATA"):
        data.folder("/none")


def test_missing_data_set(folder):
    with pytest.raises(FileNotFoundError, match="has no cifar-10-batches-bin: give one by --data or BINSPIKE_DATA"):
        data.images(folder, "CIFAR-10", "train")


def test_unknown_split(folder):
    with pytest.raises(ValueError, match="split must be one of train, test, not 'validation'"):
        data.images(folder, "mnist", "validation")
