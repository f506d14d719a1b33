import pytest
import torch

from quant import FirstSpikePool, Phase, Shortcut
from tests.helpers.training.recipes import BLOCK, CONV, DENSE, SAME, built, noise, phased, separable, tiny
from train_binary.layers.phase import PhaseNeurons, digits
from train_binary.model.evaluation import potentials, refresh
from train_binary.model.integer import layer_times
from train_binary.model.signals import Numbers
from train_binary.run.trainer import Trainer


def test_digits_and_their_derivative():
    values = torch.tensor([-0.5, 0.0, 0.9, 7.3, 7.99, 8.0, 20.0], requires_grad=True)
    digits(values, 7).backward(torch.ones(7))
    assert digits(values, 7).tolist() == [0, 0, 0, 7, 7, 7, 7]
    assert values.grad.tolist() == [0, 1, 1, 1, 1, 0, 0]


def test_numbers_by_hand():
    """Threshold 2.5 and bias 1.25 in weights: (n + 1.25) / 2.5, plus the shortcut."""
    neurons = PhaseNeurons(1, 3, True).eval()
    neurons.threshold, neurons.bias = lambda: torch.tensor([20.0]), lambda: torch.tensor([10.0])
    n = torch.tensor([-9.0, 1, 2, 6, 17, 90]).view(-1, 1, 1, 1)
    assert neurons.numbers(n, 3, None).flatten().tolist() == [0, 0, 1, 2, 7, 7]
    assert neurons.numbers(n, 3, torch.full_like(n, 2)).flatten().tolist() == [0, 2, 3, 4, 7, 7]


@pytest.mark.parametrize("method", [{}, {"fraction": 0}, {"fraction": 8, "rounds": False}], ids=str)
@pytest.mark.parametrize("layers", [BLOCK, [DENSE], [CONV | {"pool": 1, "stride": 2}, DENSE]], ids=len)
@pytest.mark.parametrize("steps", [1, 4, 8])
def test_evaluation_of_the_model_is_the_exported_network(layers, method, steps):
    model = built(phased(layers, steps, **method))
    images, _ = noise(30)
    for _ in range(10):
        model(images)
    refresh(model, images)
    values, found = layer_times(model.export(), images)
    assert found.tolist() == potentials(model, images).tolist()
    if len(layers) > 1:
        assert 0.1 < (values[1] > 0).double().mean() < 0.9


def test_a_shortcut_is_added_before_its_layer_is_pooled():
    model = built(phased([SAME, SAME | {"pool": 2, "shortcut": 1}, DENSE]))
    images, _ = noise(30)
    refresh(model, images)
    network = model.export()
    assert network.layers[1].shortcut.source == 1
    assert isinstance(network.layers[2], FirstSpikePool)
    assert layer_times(network, images)[1].tolist() == potentials(model, images).tolist()


def test_frozen_training_uses_the_integers():
    model = built(phased())
    images, _ = noise(30)
    refresh(model, images)
    model.freeze(True)
    assert model.train()(images).tolist() == potentials(model, images).tolist()
    model.train()(images)[-1].square().sum().backward()
    assert all(layer.neurons.gain.grad.abs().sum() > 0 for layer in model.hidden)
    assert all(layer.weight.grad.abs().sum() > 0 for layer in model.hidden)


def test_what_is_not_rounded_is_clipped():
    model = built(phased([SAME, DENSE], rounds=False)).train()
    values = model.trace(noise(20)[0])[0][0]
    assert (values.min(), values.max()) == (0, 16)
    assert (values != values.floor()).any()


def test_exported_layers():
    layers = built(phased(fraction=2)).export().layers
    assert [type(layer) for layer in layers][1:2] == [FirstSpikePool]
    assert [layer.neurons.fraction for layer in layers[:1] + layers[2:5]] == [2, 2, 0, 0]
    assert isinstance(layers[0].neurons, Phase)
    assert [layer.shortcut and (layer.shortcut.source, layer.shortcut.shift) for layer in layers[2:5]] == [
        None, (2, 2), (4, 2)]
    assert isinstance(layers[4].shortcut, Shortcut)
    assert layers[4].shortcut.gain == layers[4].neurons.threshold


@pytest.mark.parametrize(("layers", "message"), [
    ([CONV, SAME | {"shortcut": 2}, DENSE], r"layers\[1\]: shortcut must go around 1 layers at most, not 2"),
    ([CONV, CONV | {"size": 2, "pool": 1, "shortcut": 1}, DENSE],
     r"layers\[1\]: shortcut must bring the shape \(4, 2, 2\) of what is added to it, not \(4, 3, 3\)"),
    ([CONV | {"pool": 1, "padding": 1}, CONV | {"size": 9, "padding": 8, "shortcut": 1}, DENSE],
     r"layers\[1\]: shortcut must bring the shape \(4, 16, 16\) of what is added to it, not \(4, 8, 8\)")])
def test_wrong_shortcut(layers, message):
    with pytest.raises(ValueError, match=message):
        phased(layers)


def test_other_methods_have_no_shortcuts():
    with pytest.raises(ValueError, match="layers of method surrogate must have no shortcut"):
        tiny([CONV, SAME | {"shortcut": 1}, DENSE])


@pytest.mark.parametrize("steps", [0, 17])
def test_wrong_steps(steps):
    with pytest.raises(ValueError, match="steps"):
        phased(steps=steps)


@pytest.mark.parametrize("rounds", [pytest.param(True, marks=pytest.mark.long), False])
def test_it_learns(rounds):
    schedule = {"epochs": 8, "batch": 16, "rate": 0.02, "shift": 0}
    trainer = Trainer(phased([CONV, SAME | {"shortcut": 1}, DENSE], schedule=schedule, rounds=rounds))
    images, labels = separable(200)
    figures = [trainer.run_epoch(images, labels) for _ in range(8)]
    assert figures[0]["train"] < 0.8 < 0.95 < figures[-1]["train"]
    assert all(count > 0 for count in figures[0]["spikes"])


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
def test_count_is_the_number_of_spikes_that_neurons_fire(layout):
    """Numbers that training does not round are first rounded down and kept below 2**3 by neurons."""
    values = torch.tensor([0.0, 0.9, 1, 2.5, 3, 6.99, 7, 8]).view(1, 2, 2, 2).contiguous(memory_format=layout)
    assert Numbers().spikes(values[None], 3) == 0 + 0 + 1 + 1 + 2 + 2 + 3 + 3
