import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Dense, Feedback, Flatten, Network, Ramp, Rate, SingleSpike, Step
from sim.functional import network as functional
from tests.helpers.strategies import images_for, networks
from tests.helpers.training.recipes import CONV, DENSE, built, noise, tiny
from train_binary.model.evaluation import potentials
from train_binary.model.integer import integer_forward, layer_times
from train_binary.model.readout import decide

PSPS = [{"kind": "step"}, {"kind": "ramp"}, {"kind": "ramp", "length": 2}]


def two_pixels(**neurons):
    """A network of two pixels, two outputs and four ticks: +a +b and +a -b."""
    dense = Dense(weights=[[1, 1], [1, -1]], neurons=SingleSpike(**neurons))
    return Network(input_shape=(1, 1, 2), steps=4, layers=(Flatten(), dense))


@pytest.mark.parametrize(("psp", "expected"), [
    (Step(), [[1, 1], [1, 1], [2, 0], [2, 0]]),
    (Ramp(), [[1, 1], [2, 2], [4, 2], [6, 2]]),
    (Ramp(length=2), [[1, 1], [2, 2], [3, 1], [4, 0]]),
])
def test_potentials_by_hand(psp, expected):
    image = torch.tensor([[[[255, 100]]]], dtype=torch.uint8)  # spikes in ticks 0 and 2
    _, output = layer_times(two_pixels(threshold=[9, 9], psp=psp), image)
    assert output[:, 0].tolist() == expected


def test_bias_is_added_in_every_tick():
    _, output = layer_times(two_pixels(threshold=[9, 9], bias=[2, -3]), torch.zeros(1, 1, 1, 2, dtype=torch.uint8))
    assert output[:, 0].tolist() == [[2, -3], [4, -6], [6, -9], [8, -12]]


def test_sums_beyond_32_bits():
    class_index, tick, v = integer_forward(two_pixels(threshold=[2**31 - 1] * 2, bias=[2**31 - 2] * 2),
                                           torch.zeros(1, 1, 1, 2, dtype=torch.uint8))
    assert (class_index.tolist(), tick.tolist(), v.tolist()) == ([0], [1], [[2**32 - 4] * 2])


@settings(deadline=None, derandomize=True, database=None, max_examples=30)
@given(st.data())
def test_agrees_with_the_golden_model(data):
    network = data.draw(networks())
    images = data.draw(images_for(network, 3))
    expected = functional.run(network, images, times=True)
    times, _ = layer_times(network, torch.tensor(images))
    for ours, theirs, signal in zip(times, expected.times, network.signals, strict=True):
        assert signal.summed > 1 or ours.tolist() == theirs.tolist()
    found = integer_forward(network, torch.tensor(images))
    wanted = (expected.class_index, expected.tick, expected.potentials)
    assert [f.tolist() for f in found] == [w.tolist() for w in wanted]


@pytest.mark.parametrize("psp", PSPS, ids=str)
@pytest.mark.parametrize("readout", ["first_spike", "potential"])
@pytest.mark.parametrize("layers", [
    [CONV, DENSE],
    [DENSE],
    [CONV | {"pool": 1, "padding": 2, "stride": 2}, CONV | {"size": 2}, DENSE | {"channels": 7}, DENSE],
], ids=len)
def test_evaluation_of_the_model_is_the_exported_network(layers, psp, readout):
    model = built(tiny([layer | {"psp": psp} for layer in layers], readout=readout, seed=5))
    images, _ = noise(40)
    for _ in range(20):
        model(images)
    model.threshold.fill_(4)
    expected = potentials(model, images)
    _, found = layer_times(model.export(), images)
    assert found.tolist() == expected.tolist()
    decided = decide(expected, torch.tensor(4), readout)
    assert [d.tolist() for d in integer_forward(model.export(), images)[:2]] == [d.tolist() for d in decided]


def test_wrong_image_type():
    with pytest.raises(TypeError, match=r"images must be uint8, not torch\.float32"):
        integer_forward(two_pixels(threshold=[1, 1]), torch.zeros(1, 1, 1, 2))


def test_wrong_image_shape():
    with pytest.raises(ValueError, match=r"images must have shape \(n, 1, 1, 2\), not \(1, 1, 2, 1\)"):
        integer_forward(two_pixels(threshold=[1, 1]), torch.zeros(1, 1, 2, 1, dtype=torch.uint8))


def test_sums_beyond_float32():
    """An odd sum of 1,200 products, above 2**24."""
    network = Network(input_shape=(1, 1, 1200), steps=1, coding="direct", readout="count", layers=(Flatten(), Dense(
        weights=[[127] * 1199 + [126], [-128] * 1200], neurons=Rate(threshold=[2**31 - 1] * 2))))
    *_, v = integer_forward(network, torch.full((1, 1, 1, 1200), 255, dtype=torch.uint8))
    assert v.tolist() == [[255 * (127 * 1199 + 126), -255 * 128 * 1200]]


def test_feedback_beyond_exact_sums(monkeypatch):
    monkeypatch.setattr("train_binary.model.integer_layers.EXACT", 2)
    hidden = Dense(weights=[[1], [1]], neurons=Rate(threshold=[1, 1]), feedback=Feedback(weights=[[1, 1], [1, -1]]))
    network = Network(input_shape=(1, 1, 1), steps=2, coding="direct", readout="count", layers=(
        hidden, Dense(weights=[[1, 1]], neurons=Rate(threshold=[1]))))
    with pytest.raises(ValueError, match=r"sums of feedback must be below 2\*\*24 to be exact in float32, not 2"):
        integer_forward(network, torch.zeros(1, 1, 1, 1, dtype=torch.uint8))
