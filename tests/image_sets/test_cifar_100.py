import re

import numpy as np
import pytest

from image_sets import KNOWN
from image_sets.cifar_100 import COARSE, FINE, Cifar100
from tests.helpers.image_sets import noise, write_cifar_100
from tests.helpers.refusals import refused
from tests.helpers.training.recipes import main

PLACE = "cifar-100-binary"
RECIPE = """
name = "hundred"
dataset = "{}"
steps = 3
input_shape = [3, 32, 32]
schedule = {{ epochs = 1, batch = 16 }}
layers = [{{ kind = "conv2d", channels = 2, size = 8, stride = 8 }}, {{ kind = "dense", channels = {} }}]
"""


@pytest.mark.parametrize("split", ["train", "test"])
def test_fine_and_coarse_labels_of_the_same_images(tmp_path, split):
    write_cifar_100(tmp_path / PLACE)
    fine, coarse = (KNOWN[name].read(tmp_path, split) for name in ("cifar-100", "cifar-100-coarse"))
    assert (fine.pixels == noise(3, 3072, seed=int(split == "test")).reshape(-1, 3, 32, 32)).all()
    assert (coarse.pixels == fine.pixels).all()
    assert (fine.labels.tolist(), coarse.labels.tolist()) == ([99, 98, 97], [0, 1, 2])
    assert [fine.class_names[label] for label in fine.labels] == ["worm", "woman", "wolf"]
    assert [coarse.class_names[label] for label in coarse.labels] == ["aquatic_mammals", "fish", "flowers"]
    assert (fine.pixels.dtype, fine.labels.dtype) == (np.uint8, np.uint8)


def test_names_are_in_alphabetical_order():
    for names, count in ((FINE, 100), (COARSE, 20)):
        assert sorted(set(names)) == names
        assert len(names) == count


def test_a_class_has_one_superclass(tmp_path):
    """Of the published table: trees, a vehicle of either kind, and people."""
    pairs = {"maple_tree": "trees", "bicycle": "vehicles_1", "tank": "vehicles_2", "boy": "people"}
    (tmp_path / PLACE).mkdir()
    rows = [bytes([COARSE.index(coarse), FINE.index(fine)]) + bytes(3072) for fine, coarse in pairs.items()]
    (tmp_path / PLACE / "test.bin").write_bytes(b"".join(rows))
    names = []
    for name in ("cifar-100", "cifar-100-coarse"):
        found = KNOWN[name].read(tmp_path, "test")
        names.append([found.class_names[label] for label in found.labels])
    assert dict(zip(*names, strict=True)) == pairs


@pytest.mark.parametrize(("labels", "change", "message"), [
    ("fine", lambda data: data[:-1], "file must be records of 3074 bytes, not 9221 bytes; fetch it again"),
    ("fine", lambda data: b"", "file must be records of 3074 bytes, not 0 bytes; fetch it again"),
    ("fine", lambda data: data[:1] + b"d" + data[2:], r"labels must be in 0\.\.99, not 100 as of image 0"),
    ("coarse", lambda data: b"\x14" + data[1:], r"labels must be in 0\.\.19, not 20 as of image 0")])
def test_a_damaged_file(tmp_path, labels, change, message):
    path = write_cifar_100(tmp_path / PLACE) / "train.bin"
    path.write_bytes(change(path.read_bytes()))
    with refused(f"^{re.escape(str(path))}: {message}$", ValueError):
        Cifar100(path=PLACE, labels=labels).read(tmp_path, "train")


def test_a_missing_file(tmp_path):
    (write_cifar_100(tmp_path / PLACE) / "test.bin").unlink()
    with pytest.raises(FileNotFoundError, match=rf"{PLACE} must hold test\.bin; fetch it again"):
        KNOWN["cifar-100-coarse"].read(tmp_path, "test")


@pytest.mark.parametrize(("name", "classes"), [("cifar-100", 100), ("cifar-100-coarse", 20)])
def test_a_network_learns_it(tmp_path, name, classes, capsys):
    write_cifar_100(tmp_path / "data" / PLACE, 20)
    (tmp_path / "hundred.toml").write_text(RECIPE.format(name, classes))
    assert main(["--recipe", str(tmp_path / "hundred.toml"), "--data", str(tmp_path / "data"),
                 "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "hundred.safetensors").is_file()
