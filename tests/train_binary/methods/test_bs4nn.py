import numpy as np
import torch

from tests.helpers.training.recipes import noise, separable, tiny
from train_binary.layers.factored import Factored
from train_binary.methods import bs4nn, online
from train_binary.model.integer import integer_forward
from train_binary.run.trainer import Trainer

STEP = {"kind": "dense", "channels": 3, "psp": {"kind": "step"}}
LAYERS = [STEP | {"channels": 20}, STEP]
RULE = online.Rule(steps=16, base=8.0, rate=0.5, factor_rate=0.05, gamma=2)


def by_definition(weights, factors, times, label, rule):
    """One step in arrays over all ticks, layer by layer, as the published description reads; float64."""
    trace, early = [times], None
    for weight, factor in zip(weights, factors, strict=True):
        potentials = np.array([np.where(weight >= 0, 1, -1)[trace[-1] <= t].sum(0) for t in range(rule.steps + 1)])
        early, potentials[rule.steps] = potentials[rule.steps - 3].copy(), 10**6
        trace.append(np.minimum((potentials > rule.base / factor).argmax(0) + 1, rule.steps))
    outputs = trace[-1]
    target, first = outputs.copy(), outputs.min()
    if first < rule.steps:
        target[outputs - first < rule.gamma] = min(first + rule.gamma, rule.steps)
        target[label] = first
    right = outputs[label] == first if first < rule.steps else early.argmax() == label
    delta = (target - outputs) / rule.steps
    for index in (1, 0):
        norm = np.linalg.norm(delta)
        delta = delta / norm if norm else delta
        causal = trace[index][:, None] < trace[index + 1]
        weights[index] -= rule.rate * delta * causal
        factors[index] -= rule.factor_rate * (delta * causal * np.where(weights[index] >= 0, 1, -1)).mean()
        delta = (weights[index] * delta * causal).sum(1)
    return right


def start(seed=0):
    generator = np.random.default_rng(seed)
    weights = [generator.uniform(-1, high, shape).astype(np.float32) for high, shape in ((3, (64, 20)), (2, (20, 3)))]
    times = np.minimum(generator.integers(0, 24, (60, 64)), 15).astype(np.int16)
    return weights, np.array([1.0, 2.0]), times, generator.integers(0, 3, 60)


def test_plain_step_follows_the_definition():
    weights, factors, images, labels = start()
    doubles, expected = [w.astype(float) for w in weights], factors.tolist()
    layers = [online.Layer(w, f) for w, f in zip(weights, factors.tolist(), strict=True)]
    changes = 0
    for image, label in zip(images, labels.tolist(), strict=True):
        right, changed = online.step(layers, image, label, RULE)
        changes += changed
        assert right == by_definition(doubles, expected, image, label, RULE)
        assert all(np.allclose(layer.weights, double, atol=1e-4) for layer, double in zip(layers, doubles, strict=True))
        assert np.allclose([layer.factor for layer in layers], expected)
    assert 10 < changes < 60


def test_compiled_step_equals_the_plain_one():
    outcomes = []
    for learn in (bs4nn._compiled, bs4nn._plain):
        weights, factors, images, labels = start(1)
        layers, factors = [torch.tensor(w) for w in weights], torch.tensor(factors)
        counts = learn(layers, factors, torch.tensor(images), torch.tensor(labels), RULE)
        outcomes.append((counts, factors.tolist(), [w.tolist() for w in layers]))
    assert outcomes[0] == outcomes[1]


def test_threshold_is_the_next_integer_above():
    neurons = Factored(2)
    assert neurons.threshold().tolist() == [21, 21]
    neurons.factor.fill_(9.06516109)
    assert neurons.threshold().tolist() == [12, 12]


def test_images_are_drawn_with_replacement():
    drawn = bs4nn.BS4NN().rule.order(1000, torch.Generator().manual_seed(0))
    assert len(drawn) == 1000
    assert 600 < len(set(drawn.tolist())) < 660


def test_learns():
    layers = [STEP | {"channels": 100}, STEP]
    schedule = {"epochs": 8, "batch": 64, "shift": 0}
    trainer = Trainer(tiny(layers, method={"kind": "bs4nn", "rate": 0.5}, steps=16, schedule=schedule))
    images, labels = separable(128)
    for _ in range(8):
        trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    assert (integer_forward(trainer.model.export(), images)[0] == labels).double().mean() > 0.6


def test_figures_change_nothing():
    trainer = Trainer(tiny(LAYERS, method="bs4nn", steps=16))
    images, labels = noise(50)
    trainer.run_epoch(images, labels)
    before = {key: value.tolist() for key, value in trainer.model.state_dict().items()}
    figures = trainer.rule.figures(trainer.model, images, labels)
    assert {key: value.tolist() for key, value in trainer.model.state_dict().items()} == before
    assert set(figures) == {"correct_as_published"}
