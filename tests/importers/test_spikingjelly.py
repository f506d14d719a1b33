"""Modules of SpikingJelly, run by the real library, give the same spikes as the networks they become."""

from fractions import Fraction

import numpy as np
import pytest

from tests.importers.chains import images
from tests.importers.libraries import absent

pytest.importorskip("spikingjelly.activation_based.functional", reason=absent("spikingjelly"), exc_type=ImportError)

import torch
from spikingjelly.activation_based import functional, layer, neuron, surrogate
from torch import nn

from importers.spikingjelly import convert
from tests.importers.modules import SHAPE, network, signed

PIXEL = Fraction(1, 64)


def integrate(reset):
    return lambda rng: neuron.IFNode(v_threshold=float(rng.integers(2, 12)) / 2, v_reset=reset)


def leaky(reset, decay_input):
    return lambda rng: neuron.LIFNode(tau=2.0, v_threshold=float(rng.integers(1, 12)) / 2, v_reset=reset,
                                      decay_input=decay_input)


@pytest.mark.parametrize("mode", ["s", "m"])
@pytest.mark.parametrize("neurons", [integrate(None), integrate(0.0), integrate(-0.5), leaky(None, True),
                                     leaky(0.0, True), leaky(0.0, False), leaky(-0.5, True)])
@pytest.mark.parametrize("seed", [0, 1])
def test_random_networks_spike_the_same(seed, neurons, mode):
    module = network(seed, neurons, layer)
    functional.set_step_mode(module, mode)
    made = convert(module, SHAPE, 3 + seed * 5, pixel=PIXEL, images=images(seed, 8))
    assert (made.equality.first, made.equality.equal, made.equality.fired > 0) == ("", 8, True)


def test_comparator_is_greater_or_equal():
    """Threshold 6 and input 3: V = 3, 6 fires, and 6 - 6 = 0 is left."""
    module = nn.Sequential(signed(nn.Linear(1, 1, bias=False), 1.0), neuron.IFNode(v_threshold=6.0, v_reset=None))
    module[0].weight.data[:] = 1
    made = convert(module, (1,), 8, pixel=Fraction(1), images=np.full((1, 1, 1, 1), 3, np.uint8))
    neurons = made.network.layers[0].neurons
    assert (neurons.threshold, neurons.amount, made.equality.exact, made.equality.fired) == ((6,), None, True, 4)


def test_parametric_leak():
    node = neuron.ParametricLIFNode(init_tau=2.0, v_threshold=1.0)
    module = nn.Sequential(signed(nn.Linear(6, 5), 1.0), node)
    assert convert(module, (6,), 5, pixel=PIXEL, images=images(2, 8, (6, 1, 1))).equality.exact


@pytest.mark.parametrize(("node", "message"), [
    (neuron.LIFNode(tau=3.0), "layer 1: leak keeps 0.666667 of V in a tick, which is no 1 - 2"),
    (neuron.IFNode(v_threshold=0.0), "layer 1: a threshold is 0 at a rest of 0, and so it fires at rest"),
    (neuron.IFNode(surrogate_function=torch.nn.ReLU()), "layer 1: fires by something else than a step at its"),
    (neuron.IFNode(surrogate_function=surrogate.Sigmoid(spiking=False)), "layer 1: fires by some"),
    (neuron.QIFNode(), "layer 1: is a QIFNode, which has no counterpart")])
def test_what_has_no_exact_form_is_refused(node, message):
    module = nn.Sequential(signed(nn.Linear(4, 2), 1.0), node)
    with pytest.raises(ValueError, match="layer") as caught:
        convert(module, (4,), 3)
    assert str(caught.value).startswith(message)
