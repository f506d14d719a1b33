import json
import struct

import numpy as np
import pytest

from binspike import cli
from quant import Dense, Flatten, Network, SingleSpike
from quant.files import artefact, samples, vectors, zoo
from quant.files.artefact import Provenance
from sim import vectors as made
from tests.helpers.refusals import refusal

NETWORK = Network(input_shape=(1, 4, 5), steps=4, layers=(
    Flatten(), Dense(weights=[[1] * 20, [-1] * 20], neurons=SingleSpike(threshold=[9, 9]))))


pytestmark = pytest.mark.usefixtures("no_data")


@pytest.fixture
def data(tmp_path):
    """A folder with an MNIST of 20 images, of two classes in turns."""
    folder = tmp_path / "sets" / "mnist"
    folder.mkdir(parents=True)
    for name, shape, content in (("images-idx3", (20, 4, 5), bytes(range(200)) * 2),
                                 ("labels-idx1", (20,), bytes([0, 1] * 10))):
        header = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
        (folder / f"t10k-{name}-ubyte").write_bytes(header + content)
    return folder.parent


def saved(tmp_path, **provenance):
    artefact.save(NETWORK, tmp_path / "net.safetensors", provenance=Provenance(**provenance))
    return str(tmp_path / "net.safetensors")


def said(capsys, *arguments):
    return refusal(capsys, "vectors", *arguments).removeprefix("binspike: ")


def stored(tmp_path):
    return vectors.load(tmp_path / "net.vectors.safetensors", network=NETWORK)


def test_images_of_the_data_set_are_taken(tmp_path, data, capsys):
    assert cli.main(["vectors", "--network", saved(tmp_path, data_set="MNIST"), "--data", str(data), "--json"]) == 0
    path = tmp_path / "net.vectors.safetensors"
    assert json.loads(capsys.readouterr().out) == {"file": str(path), "bytes": path.stat().st_size}
    assert len(stored(tmp_path)) == made.VECTORS


def test_images_of_ones_own_are_taken(tmp_path, capsys):
    images = np.arange(60, dtype=np.uint8).reshape(3, 4, 5)
    np.save(tmp_path / "mine.npy", images)
    assert cli.main(["vectors", "--network", saved(tmp_path), "mine.npy"]) == 0
    assert stored(tmp_path) == made.vectors(NETWORK, images[:, None])
    assert capsys.readouterr().out.splitlines()[0] == f"file   {tmp_path}/net.vectors.safetensors"


def test_the_vectors_of_a_shipped_network_are_these(tmp_path, monkeypatch):
    """The shipped samples hold the images of which they were made."""
    for path in (zoo.path("mnist-up5k"), zoo.samples_path("MNIST")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shipped = zoo.vectors_path("mnist-up5k").read_bytes()
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    assert cli.main(["vectors", "--network", "mnist-up5k"]) == 0
    assert (tmp_path / "mnist-up5k.vectors.safetensors").read_bytes() == shipped


def test_samples_of_a_data_set(tmp_path, data, monkeypatch):
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    assert cli.main(["vectors", "--samples", "MNIST", "--data", str(data)]) == 0
    assert samples.load(tmp_path / "mnist.samples.safetensors").labels == bytes([0, 1] * 10)


def test_an_unknown_network(capsys):
    assert said(capsys, "--network", "nothing").startswith("network must be a file or one of ")


def test_a_network_without_a_data_set(tmp_path, capsys):
    assert said(capsys, "--network", saved(tmp_path)) == (
        "network must name the data set it was measured on; train it again, import it with --data-set, or give images "
        "where a command takes them\n")


def test_images_of_another_size(tmp_path, capsys):
    np.save(tmp_path / "mine.npy", np.zeros((3, 5, 5), np.uint8))
    assert "images must have shape (H, W), " in said(capsys, "--network", saved(tmp_path), "mine.npy")
