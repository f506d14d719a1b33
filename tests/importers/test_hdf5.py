"""HDF5 files that are damaged or hostile: one line, before anything large is read."""

import numpy as np
import pytest

from importers import hdf5
from importers.hdf5 import check
from importers.nir import read
from tests.importers.libraries import absent

h5py = pytest.importorskip("h5py", reason=absent("h5py"))


@pytest.fixture
def file(tmp_path):
    """A file to be filled."""
    path = tmp_path / "graph.nir"
    with h5py.File(path, "w") as made:
        made.create_group("node/nodes")
        made["node/type"] = "NIRGraph"
        made["version"] = "1.0.8"
    return path


def test_modest_files_pass(file):
    check(file)


def bomb(made):
    made["node"].create_dataset("weight", shape=(2**20, 2**20), dtype="f8", chunks=(1024, 1024), compression="gzip")


def soft(made):
    made["node/alias"] = h5py.SoftLink("/node")


def external(made):
    made["node/alias"] = h5py.ExternalLink("/etc/hostname", "/")


def circle(made):
    made["node/nodes/again"] = made["node"]


def deep(made):
    made.create_group("/".join("abcdefghijklmnop"))


def many(made):
    for index in range(60):
        made[f"node/nodes/{index}"] = index


def compound(made):
    made["node/x"] = np.zeros(3, [("a", "i4"), ("b", "f8")])


def outside(made):
    made["node"].create_dataset("x", shape=(4,), dtype="f8", external=[("/etc/hostname", 0, 32)])


@pytest.mark.parametrize(("harm", "message"), [
    (bomb, "values must have at most 268435456 bytes together; '/node/weight' has shape"),
    (soft, "'/node/alias' must lie in the file, not be a link"),
    (external, "'/node/alias' must lie in the file, not be a link"),
    (circle, "'/node/nodes/again' must be in one place"),
    (deep, "groups must lie at most 12 deep"), (many, "there must be at most 50 objects"),
    (compound, "'/node/x' must be numbers or text, not"),
    (outside, "'/node/x' must be numbers or text that lie in the file")])
def test_hostile_files_are_refused(file, harm, message, monkeypatch):
    monkeypatch.setattr(hdf5, "MAX_OBJECTS", 50)
    with h5py.File(file, "a") as made:
        harm(made)
    with pytest.raises(ValueError, match="graph.nir: ") as caught:
        read(file)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_cut_files_are_refused(file, share):
    data = file.read_bytes()
    file.write_bytes(data[:int(len(data) * share)])
    with pytest.raises(ValueError, match="graph.nir: "):
        read(file)


def test_files_without_fields_are_refused(file):
    with pytest.raises(ValueError, match="graph.nir: file is no whole NIR graph"):
        read(file)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_are_refused_or_read(file, seed):
    rng, data = np.random.default_rng(seed), bytearray(file.read_bytes())
    for at in rng.integers(8, len(data), 12):
        data[at] = rng.integers(256)
    file.write_bytes(bytes(data))
    told = ""
    try:
        read(file)
    except ValueError as error:
        told = str(error)
    assert told.count("\n") == 0
