"""Modules of snnTorch, run by the real library, give the same spikes as the networks they become."""

from fractions import Fraction

import numpy as np
import pytest

from tests.importers.chains import few, images
from tests.importers.libraries import absent

pytest.importorskip("snntorch", reason=absent("snntorch"))

import snntorch as snn
import torch
from torch import nn

from importers.fold import rounded
from importers.form import Synapses
from importers.snntorch import convert
from tests.importers.modules import SHAPE, network, signed

PIXEL = Fraction(1, 64)


def leaky(reset, delay, beta):
    return lambda rng: snn.Leaky(beta=beta, threshold=float(rng.integers(1, 12)) / 2, reset_mechanism=reset,
                                 reset_delay=delay, init_hidden=True)


@pytest.mark.parametrize("beta", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("delay", [True, False])
@pytest.mark.parametrize("reset", ["subtract", "zero", "none"])
@pytest.mark.parametrize("seed", [0, 1])
def test_random_networks_spike_the_same(seed, reset, delay, beta):
    steps = 3 + seed * 5
    module = network(seed, leaky(reset, delay, beta))
    if reset == "subtract" and not delay and beta < 1:
        with pytest.raises(ValueError, match="^layer 1: resets at once, by subtraction, with a leak"):
            convert(module, SHAPE, steps, pixel=PIXEL)
        return
    made = convert(module, SHAPE, steps, pixel=PIXEL, images=images(seed, 8))
    assert (made.equality.first, made.equality.equal, made.equality.fired > 0) == ("", 8, True)


@pytest.mark.parametrize("seed", few(range(10)))
@pytest.mark.parametrize("delay", [True, False])
def test_held_resets_spike_the_same(seed, delay):
    """Inputs far above the threshold, so that V stays above it after a reset."""
    torch.manual_seed(seed)
    module = nn.Sequential(signed(nn.Linear(6, 5), 1.0), snn.Leaky(beta=1.0, threshold=2.0, reset_delay=delay,
                                                                   init_hidden=True))
    made = convert(module, (6,), 9, pixel=Fraction(1, 64), images=images(seed, 8, (6, 1, 1)))
    assert made.equality.exact
    assert made.network.layers[0].neurons.variant == (None if delay else "held")


def test_threshold_4_and_input_3():
    module = nn.Sequential(signed(nn.Linear(1, 1, bias=False), 1.0), snn.Leaky(beta=1.0, threshold=4.0,
                                                                              init_hidden=True))
    module[0].weight.data[:] = 1
    made = convert(module, (1,), 8, pixel=Fraction(1), images=np.full((1, 1, 1, 1), 3, np.uint8))
    neurons = made.network.layers[0].neurons
    assert (neurons.threshold, neurons.amount, made.equality.exact, made.equality.fired) == ((5,), (4,), True, 5)


class Loop(nn.Module):
    """All ticks of a constant input, as the tutorials of snnTorch write it."""

    def __init__(self, ticks):
        super().__init__()
        self.ticks = ticks
        self.fc1, self.lif1 = signed(nn.Linear(16, 8), 0.5), snn.Leaky(beta=0.5, threshold=1.0)
        self.fc2, self.lif2 = signed(nn.Linear(8, 3), 0.5), snn.Leaky(beta=0.5, threshold=0.5)

    def forward(self, x):
        mem1, mem2, given = self.lif1.reset_mem(), self.lif2.reset_mem(), []
        for _ in range(self.ticks):
            spk1, mem1 = self.lif1(self.fc1(x.view(len(x), -1)), mem1)
            spk2, mem2 = self.lif2(self.fc2(spk1), mem2)
            given.append(spk2)
        return torch.stack(given)


def test_a_module_with_its_own_loop():
    made = convert(Loop(6), (1, 4, 4), 6, pixel=PIXEL, images=images(3, 8, (1, 4, 4)))
    assert made.equality.exact
    assert made.network.input_shape == (1, 4, 4)
    with pytest.raises(ValueError, match="layer lif1: is called 6 times for 5 ticks"):
        convert(Loop(6), (1, 4, 4), 5, pixel=PIXEL)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_recurrent_networks_spike_the_same(seed, reset):
    torch.manual_seed(seed)
    loop = snn.RLeaky(beta=1.0, linear_features=5, threshold=3.0, reset_mechanism=reset, reset_delay=reset != "zero",
                      init_hidden=True)
    signed(loop.recurrent, 1.0)
    module = nn.Sequential(signed(nn.Linear(6, 5), 1.0), loop, signed(nn.Linear(5, 3), 1.0),
                           snn.Leaky(beta=1.0, init_hidden=True))
    made = convert(module, (6,), 7, pixel=Fraction(1, 64), images=images(seed, 8, (6, 1, 1)))
    assert made.equality.exact
    assert made.network.layers[0].feedback.shift == 6


def test_normalisations_are_folded():
    norm = nn.BatchNorm1d(5)
    norm.running_mean[:], norm.running_var[:] = torch.arange(5.0), torch.full((5,), 3.0)
    norm.weight.data[2], norm.bias.data[1] = -1, 0.5
    module = nn.Sequential(signed(nn.Linear(6, 5), 1.0), norm, snn.Leaky(beta=1.0, reset_mechanism="zero",
                                                                        init_hidden=True))
    with pytest.raises(ValueError, match=r"^layer 2: a bias, .* has no end within 24 bits behind the"):
        convert(module, (6,), 4, pixel=Fraction(1, 64))
    made = convert(module, (6,), 1, pixel=Fraction(1, 64), images=images(1, 8, (6, 1, 1)), round_amounts=True)
    assert made.equality.exact
    assert made.equality.fired


class Adds(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.lif = signed(nn.Linear(4, 2), 1.0), snn.Leaky(beta=1.0, init_hidden=True)

    def forward(self, x):
        return self.lif(self.fc(x) + 1)


class Turned(nn.Module):
    def __init__(self):
        super().__init__()
        self.lif = snn.Leaky(beta=1.0, init_hidden=True)

    def forward(self, x):
        return self.lif(x.flip(1))


class Held(snn.Leaky):
    """A kind of neurons that the library has not."""

    def forward(self, x, mem=None):
        return -super().forward(x)


class Behind(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = sequence(snn.Leaky(beta=1.0, init_hidden=True))

    def forward(self, x):
        return 1 - self.net(x)


def test_what_a_module_makes_of_its_last_layer_is_told():
    assert convert(Behind(), (4,), 3).notes == (
        "outputs are those of net.1; what the module makes of them is left out",)
    assert convert(Behind().net, (4,), 3).notes == ()


def inhibited():
    made = snn.Leaky(beta=1.0, init_hidden=True)
    made.inhibition = True  # the constructor warns
    return made


def sequence(*layers):
    return nn.Sequential(signed(nn.Linear(4, 2), 1.0), *layers)


@pytest.mark.parametrize(("module", "message"), [
    (Adds(), "layer lif: takes what the module makes of the output of fc by itself; "),
    (sequence(Held(beta=1.0, init_hidden=True)), "layer 1: is a Held, which has no counterpart; "),
    (sequence(Turned()), "layer 1.lif: takes what the module makes of the output of 0 by itself; "),
    (sequence(snn.Leaky(beta=1.0, init_hidden=True, spike_grad=torch.sigmoid)),
     "layer 1: fires by something else than a step at its threshold; "),
    (sequence(nn.ReLU()), "layer 1: is a ReLU, which has no counterpart; "),
    (sequence(snn.Leaky(beta=0.9, init_hidden=True)), "layer 1: leak keeps 0.9 of V in a tick, which is no 1 - 2"),
    (sequence(inhibited()), "layer 1: has inhibition; leave it out"),
    (sequence(snn.Synaptic(alpha=0.5, beta=1.0, init_hidden=True)), "layer 1: has a synaptic current that lasts"),
    (sequence(snn.RLeaky(beta=1.0, linear_features=2, reset_mechanism="zero", init_hidden=True)),
     "layer 1: is an RLeaky of reset zero that comes late, which ignores the input of the tick after a spike; "),
    (nn.Sequential(nn.Linear(4, 2), snn.Leaky(beta=1.0, init_hidden=True)), "layer 0: weights of output 0 have 4 ")])
def test_what_has_no_exact_form_is_refused(module, message):
    with pytest.raises(ValueError, match="layer") as caught:
        convert(module, (4,), 3)
    assert str(caught.value).startswith(message)


def test_real_weights_and_leaks_on_request():
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(16, 8), snn.Leaky(beta=0.9, init_hidden=True), nn.Linear(8, 3),
                           snn.Leaky(beta=0.9, init_hidden=True))
    made = convert(module, (16,), 6, weights="sign", round_leak=True, round_amounts=True,
                   images=images(0, 16, (16, 1, 1)))
    assert "leak keeps 0.875 in place of 0.9" in made.layers[0].loss
    assert not made.equality.exact
    assert made.equality.first.startswith("layer 0 of neurons, image ")
    assert 0 < made.equality.differing < made.equality.spikes


def real(seed):
    """A module of real weights whose neurons fire, with its layers that have weights."""
    torch.manual_seed(seed)
    level = iter((1.03, 0.26, 0.11))  # no multiples of the scales below: float32 may miss these

    def neurons():
        return snn.Leaky(beta=0.5, threshold=next(level), reset_mechanism="zero", reset_delay=False, init_hidden=True)
    module = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, bias=False), neurons(), nn.Flatten(),
                           nn.Linear(64, 8, bias=False), neurons(), nn.Linear(8, 3, bias=False), neurons())
    return module, [module[0], module[3], module[5]]


@pytest.mark.parametrize("kind", ["sign", "ternary", "int2", "int4"])
@pytest.mark.parametrize("seed", few(range(10)))
def test_real_weights_rounded_spike_as_the_rounded_module(seed, kind):
    """Imported with --weights, a network is the one that a module of rounded weights becomes, which spikes the same."""
    module, layers = real(seed)
    given = images(seed, 16)
    asked = convert(module, SHAPE, 6, pixel=PIXEL, weights=kind, images=given)
    assert [kind in each.loss for each in asked.layers if each.width] == [True] * 3
    for layer in layers:
        weight = layer.weight.detach().numpy()
        shape = (len(weight), -1)
        made, _ = rounded(Synapses(name="", kind="dense", weight=weight.reshape(shape), bias=weight[:, 0]), kind,
                          together=False)
        layer.weight.data = torch.tensor(made.weight.reshape(weight.shape), dtype=torch.float32)
    exact = convert(module, SHAPE, 6, pixel=PIXEL, images=given)
    assert (exact.equality.first, exact.equality.equal, exact.equality.fired > 0) == ("", 16, True)
    assert exact.network == asked.network


@pytest.mark.parametrize("seed", few(range(20)))
def test_random_networks_of_integers_times_a_scale_spike_the_same(seed):
    module, layers = real(seed)
    high = (1, 2, 7)[seed % 3]
    for layer, scale in zip(layers, (0.1, 0.05, 0.3), strict=True):
        layer.weight.data = torch.randint(-high, high + 1, layer.weight.shape) * scale
    made = convert(module, SHAPE, 6, pixel=PIXEL, images=images(seed, 16))
    assert (made.equality.first, made.equality.equal, made.equality.fired > 0) == ("", 16, True)
    assert max(layer.weights.width for layer in made.network.synaptic) == {1: 2, 2: 3, 7: 4}[high]


@pytest.mark.parametrize("weight", [torch.tensor([0.5, -1.0]), torch.tensor([1.0, 0.0])])
def test_one_to_one_feedback(weight):
    loop = snn.RLeaky(beta=1.0, all_to_all=False, V=weight, threshold=2.0, init_hidden=True)
    module = nn.Sequential(signed(nn.Linear(4, 2, bias=False), 0.5), loop, signed(nn.Linear(2, 2), 1.0),
                           snn.Leaky(beta=1.0, threshold=1.5, init_hidden=True))
    made = convert(module, (4,), 5, pixel=Fraction(1, 64), images=images(0, 8, (4, 1, 1)))
    assert (made.equality.first, made.equality.fired > 0) == ("", True)
    made = np.reshape(made.network.layers[0].feedback.weights.values(), (2, 2))
    assert (made[0, 1], made[1, 0]) == (0, 0)
