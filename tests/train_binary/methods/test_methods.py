import pytest
import torch

from sim.functional import network as functional
from tests.helpers.training.recipes import DENSE, DEPTHWISE, LAYERS, LOOPED, noise, save, separable, state, tiny
from train_binary.methods import METHODS
from train_binary.model.evaluation import potentials
from train_binary.model.integer import integer_forward, layer_times
from train_binary.model.readout import decide
from train_binary.run import checkpoint
from train_binary.run.measurement import measure
from train_binary.run.trainer import Trainer

FAMILIES = {name: method().family for name, method in METHODS.items()}
EXPORTED = {method: family for method, family in FAMILIES.items() if "sign" in family.weights}
CASES = [(method, layers) for method, family in EXPORTED.items() for layers in LAYERS
         if {layer["kind"] for layer in LAYERS[layers]} <= family.layers.keys()]


def readout(method):
    """The usual one of a method."""
    return FAMILIES[method].readouts[0]


def layers_of(method, name):
    """Layers of a network that a method can train."""
    if "feedback" in FAMILIES[method].features:
        return [LOOPED[name], DENSE]
    return [layer if FAMILIES[method].psps else {key: layer[key] for key in layer if key != "psp"}
            for layer in LAYERS[name]]


def ticks(method):
    """Ticks that a method can train."""
    return 7 if method == "latency" else 5


def trained(method, layers, epochs=2, seed=5, count=64, **schedule):
    schedule, layers = {"epochs": epochs, "batch": 16} | schedule, layers_of(method, layers)
    recipe = tiny(layers, method=method, readout=readout(method), seed=seed, schedule=schedule, steps=ticks(method))
    trainer = Trainer(recipe)
    images, labels = separable(count)
    for _ in range(epochs):
        figures = trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    return trainer, figures


@pytest.mark.parametrize(("method", "layers"), CASES)
def test_model_integer_network_and_golden_model_agree(method, layers):
    trainer, _ = trained(method, layers)
    images, _ = noise(40, seed=9)
    network, found = trainer.model.export(), potentials(trainer.model, images)
    assert layer_times(network, images)[1].tolist() == found.tolist()
    golden = functional.run(network, images.numpy(), times=True)
    assert [t.tolist() for t in layer_times(network, images)[0]] == [t.tolist() for t in golden.times]
    decided = [golden.class_index.tolist(), golden.tick.tolist()]
    assert decided == [each.tolist() for each in integer_forward(network, images)[:2]]
    assert decided[0] == trainer.rule.classify(trainer.model, images, readout(method)).tolist()
    if readout(method) != "count":
        assert decided == [each.tolist() for each in decide(found, trainer.model.threshold, readout(method))]


@pytest.mark.parametrize("weights", ["sign", "real"])
def test_a_depthwise_network_is_measured_as_it_was_trained(weights):
    trainer = Trainer(tiny(LAYERS["depthwise"], weights=weights))
    images, labels = separable(64)
    trainer.run_epoch(images, labels)
    trainer.finish(images, labels)
    if weights == "real":
        assert potentials(trainer.model, images).shape == (5, 64, 3)
        return
    network = trainer.model.export()
    assert [layer.kind for layer in network.layers] == [
        "conv2d", "depthwise_conv2d", "first_spike_pool", "depthwise_conv2d", "flatten", "dense"]
    assert [layer.weights.shape for layer in network.synaptic[1:3]] == [(4, 1, 3, 3)] * 2
    figures = measure(network, images, labels, potentials(trainer.model, images))
    assert len(figures["spikes"]) == 5
    assert min(figures["spikes"]) > 0


@pytest.mark.parametrize("method", [method for method, family in EXPORTED.items() if "conv2d" in family.layers])
def test_every_method_for_convolutions_learns(method):
    trainer, figures = trained(method, "conv", epochs=8, count=128, rate=0.02, shift=0)
    images, labels = separable(128)
    right = (integer_forward(trainer.model.export(), images)[0] == labels).double().mean()
    assert figures["train"] > 0.8
    assert right > 0.8


@pytest.mark.parametrize("method", EXPORTED)
def test_every_method_changes_every_layer(method):
    layers = [name for kind, name in (("depthwise_conv2d", "depthwise"), ("conv2d", "conv"), ("dense", "dense"))
              if kind in FAMILIES[method].layers][0]
    before = Trainer(tiny(layers_of(method, layers), method=method, readout=readout(method), seed=5,
                          steps=ticks(method))).model
    after = trained(method, layers, epochs=1)[0].model
    names = [name for name, _ in before.named_parameters() if name.endswith("weight")]
    assert len(names) == sum(1 + ("feedback" in layer) for layer in layers_of(method, layers))
    assert all((before.state_dict()[name] != after.state_dict()[name]).any() for name in names)


def test_method_of_a_name_or_a_table():
    assert tiny(method="exact").method == tiny(method={"kind": "exact"}).method
    assert tiny(method={"kind": "stidi", "reach": 2}).method.reach == 2


@pytest.mark.parametrize(("changes", "message"), [
    ({"method": "stdp"},
     "must be one of surrogate, exact, stidi, bs4nn, rate, proxy, equilibrium, phase, latency, ann, not 'stdp'"),
    ({"method": {"kind": "exact", "margin": 1}}, "method key must be one of .*, not 'margin'"),
    ({"method": {"kind": "exact", "floor": -1}}, "floor must be in 0..1000, not -1"),
    ({"method": "bs4nn", "weights": "real", "layers": [DENSE | {"psp": {"kind": "step"}}]},
     "weights of method bs4nn must be one of sign, not 'real'"),
    ({"method": "rate", "readout": "potential", "layers": [DEPTHWISE, DENSE]},
     "layer kind of method rate must be one of conv2d, dense, not 'depthwise_conv2d'"),
    ({"method": "bs4nn"}, "layer kind of method bs4nn must be one of dense, not 'conv2d'"),
    ({"method": "bs4nn", "layers": [DENSE | {"psp": {"kind": "step"}}], "steps": 2},
     "steps of method bs4nn must be in 3..256, not 2"),
    ({"method": "bs4nn", "layers": [DENSE | {"psp": {"kind": "step"}}], "input_shape": [1, 182, 182]},
     r"layers\[0\]: fan-in times the largest input must be in 1..32767, not 33124"),
    ({"method": "bs4nn", "layers": [DENSE]}, "method bs4nn must have layers of psp kind step, not ramp"),
])
def test_wrong_method(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny(**changes)


@pytest.mark.parametrize(("method", "message"), [
    ({"kind": "exact", "floor": "high"}, "floor must be a number, not 'high'"),
    ({"kind": "stidi", "reach": True}, "reach must be a number, not True"),
    (3, "method must be a table, not 3"),
])
def test_wrong_type_of_option(method, message):
    with pytest.raises(TypeError, match=message):
        tiny(method=method)


def test_resumes_exactly(tmp_path):
    images, labels = separable(32)
    for method in METHODS:
        layers = layers_of(method, "dense")
        whole, first, second = (
            Trainer(tiny(layers, method=method, readout=readout(method), weights=FAMILIES[method].weights[0],
                         steps=ticks(method)))
            for _ in range(3))
        for _ in range(2):
            whole.run_epoch(images, labels)
        first.run_epoch(images, labels)
        save(tmp_path / method, first)
        second.epoch = checkpoint.restore(tmp_path / method, *state(second))
        second.run_epoch(images, labels)
        pairs = zip(whole.model.state_dict().values(), second.model.state_dict().values(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
