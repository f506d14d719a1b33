import pytest
import torch

from quant import FirstSpikePool, Rate
from tests.helpers.training.recipes import CONV, DENSE, built, noise, tiny
from train_binary.layers.rate import RateNeurons
from train_binary.methods import RateSurrogate
from train_binary.model.evaluation import potentials, refresh
from train_binary.model.integer import layer_times
from train_binary.run.trainer import Trainer


def rates(layers=(CONV, DENSE), **method):
    return tiny(list(layers), readout="potential", method={"kind": "rate"} | method, seed=3)


@pytest.mark.parametrize(("reset", "leak", "expected"), [
    ("subtract", None, [0, 1, 1, 0, 1, 1]), ("zero", None, [0, 1, 0, 1, 0, 1]), ("subtract", 1, [0, 0, 0, 1, 0, 0])])
def test_neurons_by_hand(reset, leak, expected):
    """V grows by 2 a tick; the threshold is 3."""
    neurons = RateNeurons(1, reset, leak, 0).eval()
    neurons.threshold = lambda: torch.tensor([3.0])
    neurons.bias = lambda: torch.tensor([0.0])
    spikes = neurons(torch.full((1, 1, 1, 1, 1), 2.0), 6).flatten()
    potential, by_rule = 0, []
    for _ in range(6):
        potential += 2
        by_rule.append(int(potential >= 3))
        potential = potential - 3 * by_rule[-1] if reset == "subtract" else potential * (1 - by_rule[-1])
        potential -= potential >> leak if leak else 0
    assert spikes.tolist() == by_rule
    assert by_rule == expected or leak


METHODS = [{}, {"reset": "zero", "leak": 2}, {"leak": 3, "fraction": 8}, {"fraction": 0},
           {"coding": "events", "leak": 2}]


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize("layers", [
    [CONV, DENSE], [DENSE], [CONV | {"pool": 1, "padding": 2, "stride": 2}, CONV | {"size": 2}, DENSE | {"channels": 7},
                             DENSE]], ids=len)
def test_evaluation_of_the_model_is_the_exported_network(layers, method):
    model = built(rates(layers, **method))
    images, _ = noise(40)
    for _ in range(20):
        model(images)
    refresh(model, images)
    network = model.export()
    values, found = layer_times(network, images)
    assert found.tolist() == potentials(model, images).tolist()
    assert network.coding == method.get("coding", "direct")
    if len(layers) > 1:
        assert 0 < (values[1] > 0).double().mean() < 1


def test_exported_layers():
    neurons = built(rates(leak=2, reset="zero", fraction=5)).export().layers
    assert [type(layer) for layer in neurons][1:2] == [FirstSpikePool]
    assert (neurons[0].neurons.leak, neurons[0].neurons.reset, neurons[0].neurons.fraction) == (2, "zero", 5)
    assert isinstance(neurons[-1].neurons, Rate)


def test_integers_are_the_normalisation():
    """In float64 a neuron that is normalised, and one with the integers of a fine fraction, fire alike."""
    torch.manual_seed(1)
    neurons = RateNeurons(3, "subtract", None, 8)
    neurons.gain.data, neurons.offset.data = torch.tensor([0.3, -0.2, 0.0]), torch.tensor([0.1, 0.2, -0.1])
    sums = torch.randint(-20, 30, (6, 50, 3, 2, 2)).float()
    neurons.momentum = 1.0
    trained = neurons(sums, 6)
    neurons.variance *= 1  # as torch.var_mean gave it
    assert (trained != neurons.eval()(sums, 6)).double().mean() < 0.02


@pytest.mark.parametrize(("changes", "message"), [
    ({"reset": "none"}, "reset must be one of subtract, zero, not 'none'"), ({"leak": 17}, "leak must be in 0..16"),
    ({"fraction": 9}, "fraction must be in 0..8")])
def test_wrong_option(changes, message):
    with pytest.raises(ValueError, match=message):
        RateSurrogate(**changes)


def test_other_readouts_are_refused():
    with pytest.raises(ValueError, match="readout of method rate must be one of potential, not 'first_spike'"):
        tiny([CONV, DENSE], method="rate")


def test_it_learns():
    schedule = {"epochs": 8, "batch": 16, "rate": 0.02, "shift": 0}
    trainer = Trainer(tiny([CONV, DENSE], readout="potential", method="rate", schedule=schedule))
    images, labels = noise(200)
    images[torch.arange(200), 0, labels] = 255  # a row a class
    figures = [trainer.run_epoch(images, labels) for _ in range(8)]
    assert figures[0]["train"] < 0.7 < 0.9 < figures[-1]["train"]
    assert len(figures[0]["spikes"]) == 1
    assert figures[0]["spikes"][0] > 0


def test_spike_trains_are_given_tick_by_tick():
    images = torch.tensor([0b101, 0b11010], dtype=torch.uint8).reshape(2, 1, 1, 1)
    signal = RateSurrogate(coding="events").family.signals.encode(images, 3)
    assert signal.flatten(1).tolist() == [[1, 0], [0, 1], [1, 0]]


def test_more_ticks_than_a_pixel_has_bits():
    assert tiny([DENSE], readout="potential", method={"kind": "rate", "coding": "events"}, steps=8).steps == 8
    with pytest.raises(ValueError, match=r"^steps must be in 1\.\.8 with coding events"):
        tiny([DENSE], readout="potential", method={"kind": "rate", "coding": "events"}, steps=9)
