import pytest
import torch

from quant.files import artefact, zoo
from sim.data import labelled
from sim.functional import network as functional
from train_binary.model.integer import integer_forward

FEW = 100  # images that a network is shown on each change; the test set takes it up to minutes
LARGE = {"cifar-100-phase-deep", "cifar-ecp5", "cifar-latency", "cifar-phase-deep", "cifar-phase-wide",
         "fashion-ecp5", "fashion-phase-deep", "fashion-stidi", "mnist-equilibrium"}  # of kinds of others
NETWORKS = {name: artefact.load(zoo.path(name)) for name in zoo.names()}


def right(loaded, data_folder, count=None):
    """Number of the first test images, all if None, that functional model and PyTorch classify alike and correctly."""
    images, labels = (part[:count] for part in labelled(loaded, data_folder, loaded.provenance.split)[1:])
    golden = functional.run(loaded.network, images)
    parts = [integer_forward(loaded.network, part) for part in torch.tensor(images).split(100)]
    class_index, tick, potentials = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
    assert (class_index == golden.class_index).all()
    assert (tick == golden.tick).all()
    assert (potentials == golden.potentials).all()
    return len(labels), (class_index == labels).sum()


@pytest.mark.data
@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_accuracy_is_that_of_the_whole_test_set(name, data_folder):
    known = NETWORKS[name].provenance
    assert right(NETWORKS[name], data_folder) == (known.images, known.correct)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long if name in LARGE else ())
                                  for name in NETWORKS])
def test_shipped_networks_on_the_first_images(name, data_folder):
    images, correct = right(NETWORKS[name], data_folder, FEW)
    assert images == FEW
    assert abs(correct / FEW - NETWORKS[name].provenance.accuracy) < 0.1
