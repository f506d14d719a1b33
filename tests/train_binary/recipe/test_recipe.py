import math

import pytest

import image_sets
from image_sets import KINDS, KNOWN
from quant import Ramp, Step
from quant.files import artefact, zoo
from tests.helpers.training.recipes import CONV, DENSE, SCHEDULE, built, tiny
from train_binary import recipe


@pytest.mark.parametrize("name", zoo.names())
def test_shipped_networks_are_those_of_their_recipes(name):
    source, loaded = artefact.load(zoo.path(name)), recipe.load(recipe.find(name))
    network, made = source.network, source.provenance
    assert (loaded.name, loaded.seed, loaded.method.title) == (name, made.seed, made.method)
    assert image_sets.parse(loaded.dataset).title == made.data_set
    assert (loaded.input_shape, loaded.steps, loaded.readout, loaded.method.family.signals.coding) == (
        network.input_shape, network.steps, network.readout, network.coding)
    weights = [value.shape for key, value in built(loaded).named_parameters() if key.endswith("weight")]
    assert sum(map(math.prod, weights)) == network.weights


def test_kernels_are_read():
    layers = [{**CONV, "psp": {"kind": "step"}}, {**CONV, "size": 2, "psp": {"kind": "ramp", "length": 3}}, DENSE]
    assert [layer.psp for layer in tiny(layers).layers] == [Step(), Ramp(length=3), Ramp()]


@pytest.mark.parametrize(("changes", "message"), [
    ({"step": 4}, "recipe key must be one of name, dataset, .*, not 'step'"),
    ({"name": "../x"}, "name must be 1 to 64 letters, digits, '-' and '_', .*, not '../x'"),
    ({"name": "x" * 65}, "name must be 1 to 64 letters"),
    ({"name": "digits-0.1"}, r"name must be 1 to 64 letters, .*, not 'digits-0\.1'"),
    ({"name": "checkpoint"}, "not that of the checkpoint, not 'checkpoint'"),
    ({"method": "rate", "readout": "potential", "steps": 64}, "steps of method rate must be in 1..63, not 64"),
    ({"method": "proxy", "readout": "count", "steps": 64}, "steps of method proxy must be in 1..63, not 64"),
    ({"method": "rate", "readout": "potential", "input_shape": [3, 150, 150], "layers": [DENSE]},
     r"layers\[0\]: fan-in times the largest input must be in 1..16777215, not 17212500"),
    ({"method": "rate", "readout": "potential", "layers": [DENSE | {"psp": {"kind": "step"}}]},
     "layers of method rate must have no psp: a spike adds its weight once"),
    ({"method": {"kind": "proxy", "spikes": 1.0}, "readout": "count"},
     "method key must be one of reset, leak, fraction, level, not 'spikes'"),
    ({"method": {"kind": "proxy", "level": 0}, "readout": "count"}, "level must be in 0.01..100, not 0"),
    ({"class_names": ["a", "b"]}, "class_names must name 3 classes, not 2"),
    ({"layers": [CONV | {"size": 4096, "padding": 4095, "channels": 65536}, DENSE]},
     r"layers\[0\]: number of weights must be in 1..67108864, not 1099511627776"),
    ({"layers": [CONV, DENSE | {"channels": 65536}] + [DENSE | {"channels": 65536}]},
     r"layers\[2\]: number of weights must be in 1..67108864, not 4294967296"),
    ({"layers": [CONV | {"pool": 9}, DENSE]}, r"layers\[0\]: pool window must fit the input \(6, 6\), not"),
    ({"layers": [DENSE] * 40}, "number of layers must be in 1..64, not 80"),
    ({"steps": 2**300}, "steps must be in 1..256, not one of 301 bits"),
    ({"dataset": "cifar"}, f"dataset must be one of {', '.join(KNOWN)}, not 'cifar'"),
    ({"dataset": {"kind": "zip"}}, f"dataset kind must be one of {', '.join(KINDS)}, not 'zip'"),
    ({"dataset": {"kind": "tree"}}, "dataset must have the key 'path'"),
    ({"dataset": {"kind": "idx", "path": "/x"}}, "path must be relative to the data folder, without '..', not '/x'"),
    ({"steps": 0}, "steps must be in 1..256, not 0"),
    ({"seed": -1}, "seed must be in 0.."),
    ({"slack": 1.5}, "slack must be in 0..1, not 1.5"),
    ({"readout": "count"}, "readout of method surrogate must be one of first_spike, potential, not 'count'"),
    ({"readout": "last"}, "readout must be one of first_spike, potential, count, not 'last'"),
    ({"input_shape": [8, 8]}, r"input_shape must be \(channels, height, width\), not \(8, 8\)"),
    ({"schedule": {"batch": 3}}, "schedule must have the key 'epochs'"),
    ({"schedule": SCHEDULE | {"epoch": 3}}, "schedule key must be one of .*, epochs, .*, not 'epoch'"),
    ({"schedule": SCHEDULE | {"rate": 2}}, "rate must be in 0..1, not 2"),
    *(({"schedule": SCHEDULE | {"rate": rate}}, "rate must be more than 0, not 0: nothing would be learned; leave it")
      for rate in (0, 0.0)),
    ({"schedule": [SCHEDULE, SCHEDULE | {"erase": 9}]},
     "schedule erase must be at most 8 pixels, for images of 8 at the smaller side, not 9"),
    ({"input_shape": [1, 16, 8], "schedule": SCHEDULE | {"erase": 12}}, "schedule erase must be at most 8 pixels"),
    ({"schedule": SCHEDULE | {"shift": 8}}, "schedule shift must be at most 7 pixels, for images of 8 .*, not 8"),
    ({"class_names": ["a", "b", "a"]}, "class_names must differ, but 'a' is given twice"),
    ({"schedule": SCHEDULE | {"precision": "half"}}, "precision must be one of bfloat16, float32, not 'half'"),
    ({"layers": [CONV]}, "the last layer must be a dense one"),
    ({"layers": [{"kind": "pool"}, DENSE]},
     r"layers\[0\] kind must be one of conv2d, depthwise_conv2d, dense, not 'pool'"),
    ({"layers": [CONV, DENSE | {"size": 3}]},
     r"layers\[1\] key must be one of channels, psp, threshold, feedback, not 'size'"),
    ({"layers": [CONV | {"stride": 0}, DENSE]}, "conv2d stride must be in 1..64, not 0"),
    ({"layers": [DENSE | {"psp": {"kind": "alpha"}}]}, r"layers\[0\] psp kind must be one of step, ramp, not 'alpha'"),
])
def test_wrong_value(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny(**changes)


@pytest.mark.parametrize(("changes", "message"), [
    ({"layers": [3]}, r"layers\[0\] must be a table, not 3"),
    ({"schedule": 3}, "schedule must be a table, not 3"),
    ({"schedule": SCHEDULE | {"rate": "fast"}}, "rate must be a number, not 'fast'"),
    ({"steps": 2.5}, "steps must be an integer, not 2.5"),
    ({"dataset": 3}, "dataset must be a table, not 3"),
])
def test_wrong_type(changes, message):
    with pytest.raises(TypeError, match=message):
        tiny(**changes)


def test_augmentation_of_a_whole_image():
    (schedule,) = tiny(schedule=SCHEDULE | {"erase": 8, "shift": 7}).schedule
    assert (schedule.erase, schedule.shift) == (8, 7)


def test_layers_that_do_not_fit():
    with pytest.raises(ValueError, match="conv2d kernel must fit the padded input"):
        built(tiny([CONV | {"size": 9}, DENSE]))


@pytest.mark.parametrize("content", [b"name = ", b"\xff", b"name = 'x'\n", b"name = " + b"[" * 2**15,
                                     b"layers." + b"a." * 2**12 + b"a = 3", b"name = " + b"9" * 5000,
                                     b"#" * 2**16 + b"\n"])
def test_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises((TypeError, ValueError), match=r"bad\.toml"):
        recipe.load(path)


def test_unknown_recipe_is_answered_with_the_shipped_ones():
    with pytest.raises(FileNotFoundError, match="one of .*mnist-ecp5, .*mnist-up5k, .*not 'mnist'"):
        recipe.find("mnist")


def test_schedules_follow_each_other():
    recipe = tiny(schedule=[SCHEDULE, SCHEDULE | {"epochs": 2}])
    first, second = recipe.schedule
    assert recipe.epochs == 5
    assert [recipe.stage(epoch) for epoch in (0, 2, 3, 4)] == [(first, 0), (first, 2), (second, 0), (second, 1)]


def test_no_schedule():
    with pytest.raises(TypeError, match=r"schedule must be a table, not \[\]"):
        tiny(schedule=[])
