import pytest
import torch

from quant import FirstSpikePool, Latency, Shortcut
from tests.helpers.training.recipes import BLOCK, CONV, DENSE, SAME, built, noise, separable, tiny
from train_binary.layers.phase import LatencyNeurons
from train_binary.model.evaluation import potentials, refresh
from train_binary.model.integer import layer_times, spike_count
from train_binary.model.signals import Latencies
from train_binary.run.trainer import Trainer


def recipe(layers=BLOCK, steps=7, schedule=None, **method):
    """As `tiny`, for method ``latency`` with these options."""
    more = {"schedule": schedule} if schedule else {}
    return tiny(list(layers), steps=steps, readout="potential", seed=3, method={"kind": "latency"} | method, **more)


def test_ticks_left_by_hand():
    """Threshold 2.5 and bias 1.25 in weights: (n + 1.25) / 2.5 of 3 ticks, plus the shortcut."""
    neurons = LatencyNeurons(1, 3, True).eval()
    neurons.threshold, neurons.bias = lambda: torch.tensor([20.0]), lambda: torch.tensor([10.0])
    n = torch.tensor([-9.0, 1, 2, 6, 17, 90]).view(-1, 1, 1, 1)
    assert neurons.numbers(n, 3, None).flatten().tolist() == [0, 0, 1, 2, 3, 3]
    assert neurons.numbers(n, 3, torch.full_like(n, 1)).flatten().tolist() == [0, 1, 2, 3, 3, 3]


@pytest.mark.parametrize(("steps", "method"), [(1, {}), (3, {"fraction": 0}), (15, {"fraction": 8, "rounds": False}),
                                               (63, {})], ids=str)
def test_evaluation_of_the_model_is_the_exported_network(steps, method):
    model = built(recipe(steps=steps, **method))
    images, _ = noise(30)
    for _ in range(10):
        model(images)
    refresh(model, images)
    network = model.export()
    values, found = layer_times(network, images)
    assert found.tolist() == potentials(model, images).tolist()
    assert 0.1 < (values[1] > 0).double().mean() < 0.9
    assert spike_count(network.signals[1], values[1]) == (values[1] > 0).sum()
    assert values[1].max() == steps


def test_exported_layers():
    network = built(recipe(fraction=2)).export()
    assert (network.steps, [signal.bit_planes for signal in network.signals[:3]]) == (7, [8, 3, 3])
    assert isinstance(network.layers[1], FirstSpikePool)
    assert {type(layer.neurons) for layer in network.synaptic[:-1]} == {Latency}
    assert isinstance(network.layers[4].shortcut, Shortcut)
    assert network.layers[4].shortcut.gain == network.layers[4].neurons.threshold


@pytest.mark.parametrize(("steps", "message"), [
    (6, "^number of ticks must be one less than a power of two, .*, not 6$"),
    (256, r"^steps of method latency must be in 1\.\.255, not 256$")])
def test_wrong_steps(steps, message):
    with pytest.raises(ValueError, match=message):
        recipe(steps=steps)


@pytest.mark.parametrize("rounds", [True, False])
def test_it_learns(rounds):
    schedule = {"epochs": 8, "batch": 16, "rate": 0.02, "shift": 0}
    trainer = Trainer(recipe([CONV, SAME | {"shortcut": 1}, DENSE], schedule=schedule, rounds=rounds))
    images, labels = separable(200)
    figures = [trainer.run_epoch(images, labels) for _ in range(8)]
    assert figures[0]["train"] < 0.8 < 0.95 < figures[-1]["train"]
    assert all(count > 0 for count in figures[0]["spikes"])


def test_a_neuron_fires_once_if_its_number_is_not_rounded_to_nothing():
    assert Latencies().spikes(torch.tensor([0.0, 0.9, 1, 2.5, 7])[None], 7) == 3
