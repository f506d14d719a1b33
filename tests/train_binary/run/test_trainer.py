import math

import pytest
import torch

from tests.helpers.training.recipes import CONV, DENSE, built, noise, separable, tiny
from train_binary.methods import learning_rule
from train_binary.methods.cross_entropy import CrossEntropy
from train_binary.model.evaluation import potentials, refresh
from train_binary.recipe.schedule import Schedule, rate
from train_binary.run.trainer import Trainer


def test_rate_rises_once_and_falls_to_zero():
    schedule = Schedule(epochs=1, rate=0.5, warmup=0.25)
    assert rate(schedule, 0.25) == 0.5
    assert [rate(schedule, 0), rate(schedule, 1)] == pytest.approx([0.02, 0])


def test_loss_is_the_last_tick_and_a_share_of_all():
    logits = torch.zeros(4, 2, 3)
    logits[:3, :, 1] = 50  # wrong, but in the last tick
    for latency in (0.0, 0.5):
        cost = CrossEntropy(latency=latency).cost(logits, torch.tensor([0, 2]))
        assert cost.item() == pytest.approx((1 + latency / 4) * math.log(3) + latency * 3 / 4 * 50)


def test_an_epoch_shows_each_image_once():
    trainer = Trainer(tiny(schedule={"epochs": 1, "batch": 4, "shift": 0}))
    images = torch.arange(12, dtype=torch.uint8).view(12, 1, 1, 1).expand(-1, 1, 8, 8)
    shown = [i for batch, labels in trainer.batches(images, torch.arange(12)) for i in labels.tolist()]
    assert shown != sorted(shown)
    assert sorted(shown) == list(range(12))


LEARNS = {"conv": [CONV, DENSE], "dense": [DENSE | {"channels": 16}, DENSE]}


@pytest.mark.parametrize(("layers", "precision"), [
    ("conv", "bfloat16"), ("dense", "float32"),
    *(pytest.param(*case, marks=pytest.mark.long) for case in (("conv", "float32"), ("dense", "bfloat16")))])
def test_training_learns(layers, precision):
    schedule = {"epochs": 8, "batch": 16, "rate": 0.02, "shift": 0, "precision": precision}
    trainer = Trainer(tiny(LEARNS[layers], schedule=schedule))
    images, labels = separable(256)
    for _ in range(8):
        figures = trainer.run_epoch(images, labels)
    assert figures["train"] > 0.9
    trainer.finish(images, labels)
    assert (potentials(trainer.model, images)[-1].argmax(1) == labels).double().mean() > 0.9


def test_shadow_weights_stay_in_reach():
    trainer = Trainer(tiny(schedule={"epochs": 1, "batch": 16, "rate": 1.0, "warmup": 0}))
    trainer.run_epoch(*noise(64))
    assert all(p.abs().max() <= 1 for n, p in trainer.model.named_parameters() if n.endswith("weight"))


def test_final_statistics_are_of_images_as_they_were_seen(monkeypatch):
    taken = []
    monkeypatch.setattr(learning_rule, "refresh", lambda model, images: taken.append(images))
    trainer = Trainer(tiny(schedule={"epochs": 1, "batch": 16, "shift": 0, "erase": 4}))
    images, labels = separable(100)
    trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    (seen,) = taken
    assert seen.shape == images.shape
    assert ((seen == images) | (seen == 0)).all()
    assert ((seen != images).flatten(1).any(1)).double().mean() > 0.5


def test_refreshed_statistics_are_the_mean_over_batches():
    trainer = Trainer(tiny())
    images, _ = noise(1500)
    seen = []
    neurons = trainer.model.hidden[0].neurons
    neurons.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].mean((0, 2, 3))))
    refresh(trainer.model, images)
    assert torch.allclose(neurons.mean, torch.stack(seen).mean(0), atol=1e-4)
    assert neurons.momentum == neurons.MOMENTUM


@pytest.mark.parametrize(("changes", "images"), [({}, 502), ({"method": "stidi"}, 502), ({"method": "exact"}, 502),
                                                 ({"method": "rate", "readout": "potential"}, 501),
                                                 ({"method": "phase", "readout": "potential"}, 501),
                                                 ({"method": "proxy", "readout": "count"}, 501)], ids=str)
def test_few_images_in_the_last_batch_count_for_few(changes, images):
    """Sums of a dense layer, one a channel and image; the last images are white."""
    model = built(tiny([DENSE | {"channels": 6}, DENSE], **changes))
    pixels, _ = noise(images)
    pixels[500:] = 255
    refresh(model, pixels[:500])
    neurons = model.hidden[0].neurons
    before = neurons.mean.clone(), neurons.variance.sqrt()
    refresh(model, pixels)
    assert (neurons.mean - before[0]).abs().max() <= 0.1 * before[1].max()
    assert neurons.variance.isfinite().all()
    assert model.export().classes == 3


@pytest.mark.parametrize("changes", [
    {}, {"method": "stidi"}, {"method": "exact"}, {"method": "rate", "readout": "potential"},
    {"method": "phase", "readout": "potential"}, {"method": "proxy", "readout": "count"}], ids=str)
def test_batches_of_one_image(changes):
    schedule = {"epochs": 1, "batch": 1, "shift": 0}
    trainer = Trainer(tiny([DENSE | {"channels": 6}, DENSE], schedule=schedule, **changes))
    trainer.run_epoch(*noise(5))
    assert all(parameter.isfinite().all() for parameter in trainer.model.parameters())


def test_each_schedule_has_its_own_cycle():
    first, second = {"epochs": 1, "batch": 32, "rate": 0.5}, {"epochs": 1, "batch": 16, "rate": 0.25}
    trainer = Trainer(tiny(schedule=[first, second]))
    rates = []
    trainer.optimiser.register_step_pre_hook(lambda optimiser, *_: rates.append(optimiser.param_groups[0]["lr"]))
    for _ in range(2):
        trainer.run_epoch(*noise(64))
    expected = [rate(Schedule(**schedule), progress / count) for schedule, count in ((first, 2), (second, 4))
                for progress in range(count)]
    assert rates == expected
