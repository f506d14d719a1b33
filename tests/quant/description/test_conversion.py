import numpy as np
import pytest
import torch

from quant import Latency, Rate
from quant.description import conversion
from sim.functional import network as functional
from tests.helpers.networks import phases, rates
from tests.helpers.training.recipes import CONV, DENSE, SAME, built, noise, phased
from train_binary.model.evaluation import refresh


def model():
    """One with a residual block, of 8 digits."""
    made = built(phased([CONV | {"pool": 1, "stride": 2}, SAME, SAME | {"shortcut": 2}, DENSE], 8, fraction=8))
    refresh(made, noise(60)[0])
    return made


def activations(made, images):
    """Values of the model before it rounds, in 0..1, layer by layer."""
    made.train()
    for layer in made.hidden:
        layer.neurons.rounds = False
    with torch.no_grad():
        return [values[0].numpy() / 256 for values in made.trace(images)[0]]


def found(network, images):
    """Values of the hidden layers."""
    return functional.run(network, images.numpy(), times=True).times[1:-2]


@pytest.mark.parametrize("steps", [2, 5, 8, 10])
def test_numbers_of_more_digits_come_closer(steps):
    made, images = model(), noise(60)[0]
    network = conversion.digits(made.export(), steps)
    assert (network.steps, len(network.layers)) == (steps, 5)
    for depth, (values, exact) in enumerate(zip(found(network, images), activations(made, images), strict=True), 1):
        assert np.abs(values / 2**steps - exact.clip(max=1 - 2.0**-steps)).mean() < depth * 2.0**-steps + 0.03
    assert conversion.digits(network, steps) == network


def test_as_many_digits_as_before_change_nothing():
    network, images = model().export(), noise(60)[0].numpy()
    same = functional.run(conversion.digits(network, 8), images)
    assert (same.potentials == functional.run(network, images).potentials).all()


@pytest.mark.parametrize("digits", [1, 3, 6])
def test_latency_neurons_give_the_numbers_of_phase_neurons(digits):
    made, images = model(), noise(60)[0]
    phase = conversion.digits(made.export(), digits)
    network = conversion.latencies(phase)
    assert (network.steps, {type(layer.neurons) for layer in network.synaptic[:-1]}) == (2**digits - 1, {Latency})
    for values, same in zip(found(network, images), found(phase, images), strict=True):
        assert values.tolist() == same.tolist()
    there, here = (functional.run(each, images.numpy()) for each in (phase, network))
    assert there.class_index.tolist() == here.class_index.tolist()
    assert (there.potentials * network.steps == here.potentials * digits).all()


def test_more_ticks_than_outputs_have():
    with pytest.raises(ValueError, match=r"steps of a network with rate neurons must be in 1\.\.63, not 127$"):
        conversion.latencies(conversion.digits(phases(), 7))


@pytest.mark.parametrize("steps", [16, 63])
def test_rates_come_to_the_activations(steps):
    made, images = model(), noise(60)[0]
    network = conversion.rates(made.export(), steps)
    assert isinstance(network.layers[0].neurons, Rate)
    for depth, (trains, exact) in enumerate(zip(found(network, images), activations(made, images), strict=True), 1):
        counts = sum(trains >> tick & 1 for tick in range(steps))
        assert np.abs(counts / steps - exact).mean() < depth * 1.5 / steps + 0.03


def test_shapes_and_weights_are_kept():
    for converted in (conversion.digits(phases(), 7), conversion.rates(phases(), 9), conversion.latencies(phases())):
        assert converted.shapes == phases().shapes
        assert [layer.weights for layer in converted.synaptic] == [layer.weights for layer in phases().synaptic]


@pytest.mark.parametrize(("network", "steps", "message"), [
    (phases(), 0, r"^digits of a number must be in 1\.\.16, not 0$"), (phases(), 17, "not 17$"),
    (rates(), 4, "^layer 0: neurons must be phase neurons to be converted, not rate$")])
def test_what_cannot_be_converted(network, steps, message):
    with pytest.raises(ValueError, match=message):
        conversion.digits(network, steps)


def test_other_neurons_are_not_made_latency_neurons():
    with pytest.raises(ValueError, match="^layer 0: neurons must be phase neurons to be converted, not rate$"):
        conversion.latencies(rates())
