import pytest
import torch

from quant import artefact, zoo
from sim import functional
from sim.data import images as images_of
from train_binary.integer import integer_forward


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.names())
def test_shipped_accuracy_is_that_of_the_whole_test_set(name, data_folder):
    loaded = artefact.load(zoo.path(name))
    images, labels = images_of(data_folder, loaded.provenance.data_set, loaded.provenance.split)
    golden = functional.run(loaded.network, images)
    parts = [integer_forward(loaded.network, part) for part in torch.tensor(images).split(100)]
    class_index, tick, potentials = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
    assert (class_index == golden.class_index).all()
    assert (tick == golden.tick).all()
    assert (potentials == golden.potentials).all()
    assert (len(labels), (class_index == labels).sum()) == (loaded.provenance.images, loaded.provenance.correct)
