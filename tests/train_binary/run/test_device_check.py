from dataclasses import replace

import pytest
import torch

from tests.helpers.training.recipes import built
from train_binary.methods import METHODS
from train_binary.run import device_check
from train_binary.run.device_check import Comparison, compare, pictures, probe
from train_binary.run.trainer import Trainer

EQUAL = Comparison(method="x", batches=1, images_per_second=2.0, cpu_images_per_second=1.0, cost_difference=0.0,
                   same_signs=0.9, exact=True)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(device_check, "BATCH", 8)
    monkeypatch.setattr(device_check, "EVALUATED", 16)


@pytest.mark.parametrize("kind", METHODS)
def test_every_method_is_probed_with_what_it_alone_has(kind):
    recipe = probe(kind)
    assert (recipe.method.kind, recipe.architecture.outputs) == (kind, 10)
    for feature, name in (("feedback", "feedback"), ("shortcut", "shortcut")):
        assert (feature in recipe.method.features) == any(getattr(layer, name, 0) for layer in recipe.layers)


@pytest.mark.parametrize("kind", [kind for kind, method in METHODS.items() if "cuda" in method().rule.devices
                                  and kind != "equilibrium"])
def test_probes_run_on_another_device(kind):
    """But for feedback, of which a norm is a number that the device ``meta`` has not."""
    model = built(probe(kind)).train().to("meta")
    logits = model.head(model(pictures(4)[0].to("meta")))
    logits.sum().backward()
    assert logits.shape[-1] == 10
    assert {each.device.type for each in (logits, *(part.grad for part in model.parameters()))} == {"meta"}


def test_the_cpu_is_equal_to_itself(small):
    found = compare("surrogate", "cpu", batches=3)
    assert (found.exact, found.cost_difference, found.same_signs, found.agrees) == (True, 0.0, 1.0, True)
    assert found.images_per_second > 0
    assert 1 <= found.batches <= 3


def test_real_weights_are_not_held_to_exactness(small):
    assert compare("ann", "cpu", batches=1).exact is None


def test_other_potentials_are_seen(small, monkeypatch):
    calls = []

    def potentials(model, images, function=device_check.potentials):
        calls.append(model)
        return function(model, images) + (len(calls) == 1)
    monkeypatch.setattr(device_check, "potentials", potentials)
    found = compare("surrogate", "cpu", batches=1)
    assert (found.exact, found.agrees) == (False, False)


def test_another_cost_is_seen(small, monkeypatch):
    trainers = []

    class Other(Trainer):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            trainers.append(self)

        def run_epoch(self, *arguments):
            found = super().run_epoch(*arguments)
            return found | {"loss": found["loss"] * (1.01 if self is trainers[1] else 1)}
    monkeypatch.setattr(device_check, "Trainer", Other)
    found = compare("surrogate", "cpu", batches=1)
    assert found.cost_difference == pytest.approx(0.01)
    assert not found.agrees


def test_what_must_agree():
    assert EQUAL.agrees
    assert replace(EQUAL, exact=None, same_signs=0.5).agrees
    assert not replace(EQUAL, exact=False).agrees
    assert not replace(EQUAL, cost_difference=0.002).agrees


def test_pictures_tell_their_class():
    images, labels = pictures(20)
    assert (images.dtype, images.shape, labels.tolist()) == (torch.uint8, (20, 1, 28, 28), [*range(10)] * 2)
    for image, label in zip(images, labels.tolist(), strict=True):
        assert (image[0, 2 * label + 4] == 250).all()
        assert (image[0, :, 2 * label + 4] == 250).all()
