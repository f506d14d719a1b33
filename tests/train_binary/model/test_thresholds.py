"""Thresholds while they are trained: one a channel or a layer, real or frozen to integers."""

from functools import cache

import pytest
import torch

from tests.helpers.training.recipes import CONV, DENSE, built, noise, separable, tiny
from train_binary.layers.single_spike import SingleSpike
from train_binary.model.evaluation import potentials
from train_binary.model.integer import layer_times
from train_binary.run.trainer import Trainer

LAYERS = [CONV, CONV | {"channels": 6, "size": 2, "pool": 1}, DENSE | {"channels": 12}, DENSE]
PLAIN = {"epochs": 3, "batch": 16, "shift": 0, "rate": 0.02}


def trained(layers=LAYERS, schedule=PLAIN, seed=3):
    trainer = Trainer(tiny(layers, schedule=schedule, seed=seed))
    images, labels = separable(128)
    for _ in range(trainer.recipe.epochs):
        figures = trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    return trainer, figures


def shared(layers):
    return [layer | {"threshold": "layer"} for layer in layers[:-1]] + layers[-1:]


def layers_of(per):
    """Layers with a threshold for each layer or channel."""
    return shared(LAYERS) if per == "layer" else LAYERS


@cache
def plain(per):
    """The trained model of `layers_of`, for tests that do not change it."""
    return trained(layers_of(per))[0].model


def test_a_layer_shares_one_threshold():
    network = plain("layer").export()
    assert [len(set(layer.neurons.threshold)) for layer in network.synaptic] == [1, 1, 1, 1]
    assert [len(layer.neurons.threshold) for layer in network.synaptic] == [4, 6, 12, 3]


def test_each_channel_has_its_own_threshold():
    network = plain("channel").export()
    assert all(len(set(layer.neurons.threshold)) > 1 for layer in network.synaptic[:-1])


def test_a_shared_threshold_rests_on_all_channels():
    neurons, values = SingleSpike(3), torch.arange(5.0 * 3 * 2 * 2).view(5, 3, 2, 2)
    neurons.share()
    neurons.momentum = 1.0
    neurons.train()
    fired = neurons(values, 5)
    assert neurons.mean.item() == pytest.approx(values.mean().item())
    assert neurons.variance.item() == pytest.approx(values.var().item())
    bound = values.mean() + 0.5 * values.var(correction=0).sqrt()
    assert torch.equal(fired, (values >= bound).float())


@pytest.mark.parametrize("per", ["channel", "layer"])
@pytest.mark.parametrize("schedule", ["plain", "frozen"])
def test_model_in_evaluation_is_the_exported_network(per, schedule):
    model = plain(per) if schedule == "plain" else trained(
        layers_of(per), [PLAIN, PLAIN | {"epochs": 1, "frozen": True}])[0].model
    images, _ = noise(40, seed=9)
    assert layer_times(model.export(), images)[1].tolist() == potentials(model, images).tolist()


def test_shared_thresholds_learn():
    assert trained(shared(LAYERS), PLAIN | {"epochs": 10})[1]["train"] > 0.8


def frozen(epochs=1):
    trainer = Trainer(tiny(LAYERS, schedule=[PLAIN, PLAIN | {"epochs": epochs, "frozen": True}], seed=3))
    images, labels = separable(128)
    for _ in range(4):
        trainer.run_epoch(images, labels)
    return trainer, images, labels


def test_frozen_neurons_fire_in_training_as_in_evaluation():
    trainer, images, _ = frozen()
    several = [trainer.model.train(mode).trace(images) for mode in (True, False)]
    for (planes, output), (same, expected) in zip(several[:1], several[1:], strict=True):
        assert all(torch.equal(a, b) for a, b in zip(planes, same, strict=True))
        assert torch.equal(output, expected)


def test_frozen_statistics_do_not_change():
    trainer, images, labels = frozen(epochs=3)
    before = {key: value.clone() for key, value in trainer.model.state_dict().items()}
    trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    after = trainer.model.state_dict()
    for key, value in before.items():
        if key.endswith((".mean", ".variance")):
            assert torch.equal(after[key], value)
    assert not torch.equal(after["hidden.0.neurons.offset"], before["hidden.0.neurons.offset"])


def test_statistics_are_taken_before_they_are_frozen():
    trainer = Trainer(tiny(LAYERS, schedule=[PLAIN | {"epochs": 1}, PLAIN | {"epochs": 1, "frozen": True}]))
    images, labels = separable(200)
    trainer.run_epoch(images, labels)
    seen = []
    trainer.model.hidden[0].neurons.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    trainer.run_epoch(images, labels)
    neurons = trainer.model.hidden[0].neurons
    assert len(seen[0]) == 5 * 200
    assert torch.allclose(neurons.mean, seen[0].mean((0, 2, 3)), atol=1e-4)


def test_the_derivative_of_an_integer_threshold_is_that_of_the_real_one():
    neurons, values = SingleSpike(1), torch.tensor([0.0, 1.0, 2.0]).view(3, 1, 1, 1)
    neurons.mean.fill_(1.3)
    neurons.variance.fill_(4.0)
    neurons.frozen = True
    neurons.train()
    fired = neurons(values, 3)
    assert neurons.threshold().item() == 3
    assert fired.sum().item() == 0
    fired.sum().backward()
    excess = (torch.tensor([0.0, 1.0, 2.0]) - 3) / 2.0005
    assert neurons.offset.grad.item() == pytest.approx((1 / (1 + 3 * excess.abs()).square()).sum().item(), rel=1e-3)


@pytest.mark.parametrize(("changes", "message"), [
    ({"method": "stidi", "schedule": PLAIN | {"frozen": True}}, "schedule of method stidi must not be frozen"),
    ({"method": "exact", "layers": shared(LAYERS)}, "threshold of method exact must be one of channel, not 'layer'"),
    ({"layers": [CONV | {"threshold": "image"}, DENSE]}, "must be one of channel, layer, not 'image'"),
    ({"schedule": PLAIN | {"frozen": 1}}, "frozen must be true or false, not 1"),
])
def test_recipes_that_cannot_be_are_refused(changes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        tiny(**changes)


def test_real_weights_have_real_thresholds():
    model = built(tiny(weights="real"))
    model.hidden[0].neurons.mean.fill_(0.25)
    assert not torch.equal(model.hidden[0].neurons.threshold(), model.hidden[0].neurons.threshold().ceil())
