import pytest
import torch
import torch.nn.functional as F

from tests.helpers.training.recipes import CONV, DENSE, built, noise, separable, tiny
from train_binary.methods import Proxy
from train_binary.model.evaluation import potentials
from train_binary.model.integer import integer_forward
from train_binary.run.trainer import Trainer

LAYERS = [CONV, CONV | {"channels": 6, "size": 2, "pool": 1}, DENSE | {"channels": 7}, DENSE]
LEVEL = 1.5


def recipe(**changes):
    return tiny(LAYERS, readout="count", method={"kind": "proxy", "level": LEVEL}, seed=2, **changes)


def counts(model, images):
    signals = model.family.signals.encode(images, model.architecture.steps)
    for layer in model.hidden:
        signals = layer(signals)
    return model.output.live(signals)[0].sum(0)


def normalised(sums, neurons):
    mean, variance = sums.mean((0, 2, 3), keepdim=True), sums.var((0, 2, 3), keepdim=True)
    return ((sums - mean) / (variance + 1e-3).sqrt() * neurons.gain.exp().view(-1, 1, 1)
            + neurons.offset.view(-1, 1, 1))


def test_gradient_is_that_of_the_proxies_at_the_rates_of_the_spikes():
    """Written out: clipped sums of signs, and 2 (spikes a tick - target) / (classes * batch) at their top."""
    images, labels = noise(20, seed=4)
    model = built(recipe()).train()
    rule = Proxy().rule
    found, _ = rule.step(model, rule.optimiser(model), images, labels, "float32")
    gradients = [layer.weight.grad for layer in (*model.hidden, model.output)]

    model = built(recipe()).train()
    with torch.no_grad():
        rates = counts(model, images) / model.architecture.steps
    weights = [torch.where(layer.weight >= 0, 1.0, -1.0).requires_grad_() for layer in (*model.hidden, model.output)]
    one, two, three, four = (*model.hidden, model.output)
    x = F.max_pool2d(normalised(F.conv2d(images.float(), weights[0]), one.neurons).clamp(0, LEVEL), 2)
    x = normalised(F.conv2d(x, weights[1]), two.neurons).clamp(0, LEVEL)
    x = normalised(F.linear(x.flatten(1), weights[2])[..., None, None], three.neurons).clamp(0, LEVEL)
    y = normalised(F.linear(x.flatten(1), weights[3])[..., None, None], four.neurons).flatten(1)
    wanted = F.one_hot(labels, 3)
    y.backward(2 * (rates - wanted) / wanted.numel())
    assert found == pytest.approx((rates - wanted).square().mean().item())
    for ours, weight in zip(gradients, weights, strict=True):
        assert (ours - weight.grad).abs().max() < 1e-4 * weight.grad.abs().max()


def test_gains_and_offsets_learn_at_a_part_of_the_rate():
    trainer = Trainer(recipe(schedule={"epochs": 1, "batch": 64, "rate": 0.5, "warmup": 0.0}))
    before = {name: value.detach().clone() for name, value in trainer.model.named_parameters()}
    trainer.run_epoch(*noise(64))  # one step, and the first of Adam is as long as the rate
    for name, value in trainer.model.named_parameters():
        step = (value - before[name]).abs().max().item()
        if not name.endswith("weight"):  # weights stay in -1..1
            assert step == pytest.approx(0.15, rel=1e-3), name


def test_gains_of_outputs_do_not_grow_for_ever():
    trainer = Trainer(recipe(schedule={"epochs": 1, "batch": 64, "rate": 0.5, "warmup": 0.0}))
    for neurons in (trainer.model.hidden[0].neurons, trainer.model.output.neurons):
        neurons.gain.data.fill_(3.0)
    trainer.run_epoch(*noise(64))
    assert trainer.model.hidden[0].neurons.gain.min() > 2
    assert trainer.model.output.neurons.gain.tolist() == [1.0] * 3


def test_spikes_and_proxies_have_the_same_signs():
    model = built(recipe())
    model.hidden[0].weight.data.fill_(0.01)
    ones = torch.ones(1, 1, 8, 8)
    seen = []
    model.hidden[0].neurons.proxy = lambda sums, pool: seen.append(sums) or sums
    model.hidden[0].neurons.forward = lambda sums, steps, pool: seen.append(sums[0]) or sums
    model.hidden[0].proxy(ones)
    model.hidden[0](ones[None])
    assert [each.unique().tolist() for each in seen] == [[9.0], [9.0]]


def test_only_spikes_are_observed():
    """Statistics that are exported are those of the spiking network, not of its proxies."""
    model, (images, _) = built(recipe()).train(), noise(20)
    model.hidden[1].proxy(torch.randn(20, 4, 3, 3))
    assert not model.hidden[1].neurons.mean.any()
    counts(model, images)
    assert model.hidden[1].neurons.mean.any()


@pytest.mark.long
def test_it_learns_and_most_spikes_decide():
    trainer = Trainer(recipe(schedule={"epochs": 12, "batch": 16, "rate": 0.02, "shift": 0, "precision": "float32"}))
    images, labels = separable(128)
    for _ in range(12):
        figures = trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    network = trainer.model.export()
    right = (integer_forward(network, images)[0] == labels).double().mean()
    assert right > 0.8
    assert figures["train"] > 0.6
    assert (network.readout, network.coding) == ("count", "direct")
    assert [layer.neurons.reset for layer in network.synaptic] == ["zero"] * 4
    assert len(potentials(trainer.model, images[:9])) == 5


@pytest.mark.parametrize(("changes", "message"), [
    ({"readout": "potential"}, "readout of method proxy must be one of count, not 'potential'"),
    ({"distillation": {"teacher": "mnist-up5k"}}, "method proxy must have no distillation"),
    ({"schedule": {"epochs": 1, "frozen": True}}, "schedule of method proxy must not be frozen")])
def test_what_does_not_go_with_it(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny(LAYERS, **{"readout": "count", "method": "proxy"} | changes)
