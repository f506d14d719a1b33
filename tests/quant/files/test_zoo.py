import pytest

from quant.files import artefact, samples, vectors, zoo
from sim.data import arrays
from sim.vectors import mismatches


@pytest.fixture
def shop(tmp_path, monkeypatch):
    for name in ("b", "a", "a.vectors", "mnist.samples"):
        (tmp_path / f"{name}.safetensors").touch()
    monkeypatch.setattr(zoo, "FOLDER", tmp_path)
    return tmp_path


def test_names_are_networks_only(shop):
    assert zoo.names() == ("a", "b")


def test_path_of_name(shop):
    assert zoo.path("a") == shop / "a.safetensors"


def test_path_of_file(shop):
    assert zoo.path(str(shop / "b.safetensors")) == shop / "b.safetensors"


def test_unknown_name_names_what_exists(shop):
    with pytest.raises(ValueError, match=r"^network must be a file or one of a, b, not 'c'$"):
        zoo.path("c")


def test_vectors_lie_beside_their_network(shop):
    assert zoo.vectors_path("a") == shop / "a.vectors.safetensors"
    assert zoo.vectors_path(shop / "b.safetensors") == shop / "b.vectors.safetensors"


def test_samples_are_found_in_any_case(shop):
    assert zoo.samples_path("MNIST") == shop / "mnist.samples.safetensors"


def test_unknown_samples_name_what_exists(shop):
    with pytest.raises(ValueError, match=r"^samples are shipped for mnist, not for 'CIFAR-10'; give images, "):
        zoo.samples_path("CIFAR-10")


@pytest.mark.parametrize("data_set", ["MNIST", "Fashion-MNIST"])
def test_shipped_samples(data_set):
    images, labels = arrays(samples.load(zoo.samples_path(data_set)))
    assert images.shape == (300, 1, 28, 28)
    assert set(labels.tolist()) == set(range(10))
    assert zoo.samples_path(data_set).stat().st_size < 150_000


@pytest.mark.parametrize("name", zoo.names())
def test_shipped_vectors_are_reproduced(name):
    network = artefact.load(zoo.path(name)).network
    assert mismatches(network, vectors.load(zoo.vectors_path(name), network=network)) == ()
