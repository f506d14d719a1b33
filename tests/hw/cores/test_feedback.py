"""Feedback: last tick's spikes of a layer, as input of the same layer."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, Feedback, Flatten, Network, Rate, SingleSpike
from quant.files.artefact import FORMAT, ArtefactError, load, network_digest, save
from quant.files.container import canonical, pack
from quant.files.document import describe, restore
from quant.files.provenance import Provenance
from sim.functional import network as functional
from sim.functional import oracle
from tests.helpers.strategies import images_for, networks
from train_binary.model.integer import layer_times

RANDOM = settings(deadline=None, derandomize=True, database=None)
LOOP = Feedback(weights=[[1, -1], [1, 1]], shift=2)
RATE = Rate(threshold=[100, 120])
FIRST = Dense(weights=[[1, 1], [1, -1]], neurons=RATE, feedback=LOOP)
LAST = Dense(weights=[[1, -1]], neurons=Rate(threshold=[9]))
NETWORK = Network(input_shape=(2, 1, 1), steps=4, coding="direct", readout="potential", layers=(FIRST, LAST))


def rounds(network, *pixels):
    """Spikes of the first layer in each tick, by each of the three models."""
    image = np.array(pixels, np.uint8).reshape(1, *network.input_shape)
    ours, theirs = functional.run(network, image, times=True).times[1], layer_times(network, torch.tensor(image))[0][1]
    plain = oracle.run(network, image[0].tolist()).maps[1]
    trains = [plain[place] for place in sorted(plain)]
    assert ours.ravel().tolist() == theirs.flatten().tolist() == [sum(s << t for t, s in enumerate(each))
                                                                  for each in trains]
    return list(map(list, zip(*trains, strict=True)))


def test_dense_by_hand():
    """n_input is 70 and 50.

    V of the first: 70; 140 fires, 40 are left; 40 + 70 + 4 = 114 fires, 14 left; 14 + 70 + 4 - 4 = 84.
    V of the second: 50; 100; 100 + 50 + 4 = 154 fires, 34 left; 34 + 50 + 4 + 4 = 92.
    """
    assert rounds(NETWORK, 60, 10) == [[0, 0], [1, 0], [1, 1], [0, 0]]


def test_without_feedback_it_differs():
    alone = replace(NETWORK, layers=(replace(FIRST, feedback=None, neurons=replace(RATE, threshold=[100, 151])), LAST))
    assert rounds(alone, 60, 10) == [[0, 0], [1, 0], [1, 0], [0, 1]]
    looped = replace(NETWORK, layers=(replace(FIRST, neurons=replace(RATE, threshold=[100, 151])), LAST))
    assert rounds(looped, 60, 10) == [[0, 0], [1, 0], [1, 1], [0, 0]]


def test_convolution_by_hand():
    """One neuron fires in tick 0, and each neighbour gets the weight that looks back at it."""
    kernel = [[[[1, 1, 1], [-1, 1, 1], [-1, -1, -1]]]]
    conv = Conv2d(weights=[[[[1]]]], neurons=Rate(threshold=[200]), feedback=Feedback(weights=kernel, shift=7))
    network = Network(input_shape=(1, 3, 3), steps=2, coding="direct", readout="potential", layers=(
        conv, Flatten(), Dense(weights=[[1] * 9], neurons=Rate(threshold=[9]))))
    fired = rounds(network, 70, 70, 70, 70, 200, 70, 70, 70, 70)
    assert fired[0] == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert fired[1] == [0, 0, 0, 1, 1, 0, 1, 1, 1]  # 70 + 70 + 128 where the weight is +1; the kernel, turned


def looped(network):
    return network.synaptic[0].feedback is not None


def test_potentials_beyond_32_bits():
    """Four neurons fire in every tick; the last adds 4 * 2**24 up, to a threshold just below 2**31, in 32 ticks."""
    ones = Dense(weights=np.ones((5, 1)), neurons=Rate(threshold=[1] * 4 + [2**31 - 1], fraction=8),
                 feedback=Feedback(weights=np.ones((5, 5)), shift=16))
    network = Network(input_shape=(1, 1, 1), steps=40, coding="direct", readout="potential", layers=(
        ones, Dense(weights=[[1] * 5], neurons=Rate(threshold=[9]))))
    assert [fired[4] for fired in rounds(network, 1)].index(1) == 32


@settings(RANDOM, max_examples=25)
@given(st.data())
def test_potentials_stay_within_their_range(data):
    network = data.draw(networks(kinds=("rate",), codings=("direct",), max_maps=1, max_dense=2, max_extent=4,
                                 feedback=True).filter(looped))
    layer, images = network.synaptic[0], data.draw(images_for(network, 2))
    low, high = layer.neurons.potential_range(network.input_bounds[0], network.steps)
    for image in images.tolist():
        below = oracle.run(network, image).maps[network.layers.index(layer)]
        shape = network.shapes[network.layers.index(layer) + 1]
        lives = oracle.live_all(layer, list(itertools.product(*map(range, shape))), [below], network.steps)
        assert all(low <= v <= high for _, potentials in lives for v in potentials)


def test_the_bound_of_the_input_is_attained():
    """All weights +1, all inputs white, all neurons fire: n(1) is the bound."""
    ones = Dense(weights=np.ones((3, 2)), neurons=Rate(threshold=[1] * 3),
                 feedback=Feedback(weights=np.ones((3, 3)), shift=5))
    network = Network(input_shape=(2, 1, 1), steps=2, coding="direct", readout="potential", layers=(
        ones, Dense(weights=[[1] * 3], neurons=Rate(threshold=[9]))))
    assert network.input_bounds == (2 * 255 + (3 << 5), 3)
    lives = oracle.live_all(ones, [(c, 0, 0) for c in range(3)], [{(0, 0, 0): (255,) * 2, (1, 0, 0): (255,) * 2}], 2)
    first, second = lives[0][1]
    assert second - first == network.input_bounds[0] - 1  # the threshold was taken away


def test_feedback_weights_are_counted():
    assert NETWORK.weights == 4 + 4 + 2


def changed(layer=FIRST, **changes):
    return replace(layer, **changes)


CONV = Conv2d(weights=np.ones((2, 1, 1, 1)), neurons=RATE)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Feedback(weights=[[1, 1]] * 2, shift=17), "feedback shift must be in 0..16, not 17"),
    (lambda: Feedback(weights=[1, 1]), r"feedback weights must have 2 or 4 axes, not shape \(2,\)"),
    (lambda: Feedback(weights=[[200]]), "weight must be in -128..127, not 200"),
    (lambda: Feedback(weights=np.ones((1, 1, 301, 301)), shift=15),
     "largest sum of feedback weights << shift must be in 0..2147483647, not 2968813568"),
    (lambda: changed(neurons=SingleSpike(threshold=[1, 1])),
     "dense feedback must reach rate neurons, not single_spike; leave it out"),
    (lambda: changed(feedback=Feedback(weights=np.ones((3, 3)))),
     r"dense feedback weights must have shape \(2, 2\), not \(3, 3\)"),
    (lambda: changed(feedback=Feedback(weights=np.ones((2, 2, 1, 1)))),
     r"dense feedback weights must have shape \(2, 2\), not \(2, 2, 1, 1\)"),
    (lambda: changed(CONV, feedback=LOOP), r"conv2d feedback weights must have shape \(2, 2, an odd k twice\), not"),
    (lambda: changed(CONV, feedback=Feedback(weights=np.ones((2, 2, 2, 2)))), "an odd k twice"),
    (lambda: changed(CONV, feedback=Feedback(weights=np.ones((2, 2, 3, 1)))), "an odd k twice"),
    (lambda: replace(NETWORK, coding="latency"),
     "layer 0: dense with feedback must take numbers, not times; leave its feedback out, or make it the first layer"),
    (lambda: replace(NETWORK, layers=(FIRST, FIRST, LAST)), "layer 1: dense with feedback must take numbers, not tra"),
    (lambda: replace(NETWORK, layers=(FIRST,)), "last layer must have no feedback; leave it out, or put a dense one")])
def test_wrong_feedback(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_wrong_type_of_feedback():
    with pytest.raises(TypeError, match="dense feedback must be a Feedback or None, not 3"):
        changed(feedback=3)


def test_file_keeps_it(tmp_path):
    save(NETWORK, tmp_path / "looped", provenance=Provenance())
    assert load(tmp_path / "looped").network == NETWORK
    assert network_digest(replace(NETWORK, layers=(replace(FIRST, feedback=replace(LOOP, shift=1)), LAST))
                          ) != network_digest(NETWORK)


def test_document_without_feedback_does_not_name_it():
    """Files that were written before there was any keep their bytes."""
    document, _ = describe(replace(NETWORK, layers=(LAST,)))
    assert document["layers"][0].keys() == {"kind", "weights", "neurons"}
    assert restore(*describe(NETWORK)) == NETWORK


@pytest.mark.parametrize(("change", "message"), [
    (lambda layer: layer.update(feedback=3), "dense feedback must be a Feedback or None, not 3"),
    (lambda layer: layer.update(feedback=None), "tensor 'layers.0.feedback.weights' belongs to no layer"),
    (lambda layer: layer["feedback"].pop("shift"), "layers.0.feedback must have the fields shift, weights"),
    (lambda layer: layer["feedback"].update(feedback=None), "layers.0.feedback must have the fields shift, weights"),
    (lambda layer: layer["feedback"].update(shift=True), "feedback shift must be an integer, not True"),
    (lambda layer: layer["feedback"].update(weights=7), "not iterable|weights"),
    (lambda layer: layer.update(neurons=layer["feedback"]), "neurons.weights' must be there"),
    (lambda layer: layer.update(feedback=layer["neurons"]), "belongs to no layer|must be there")])
def test_forged_feedback(tmp_path, change, message):
    document, tensors = describe(NETWORK)
    document = json.loads(canonical(document))
    change(document["layers"][0])
    (tmp_path / "forged").write_bytes(pack(FORMAT, {
        "network": document, "provenance": Provenance().describe(), "digest": ""}, tensors))
    with pytest.raises(ArtefactError, match=message):
        load(tmp_path / "forged")


def test_explicit_absence_is_not_canonical(tmp_path):
    document, tensors = describe(replace(NETWORK, layers=(LAST,), input_shape=(2, 1, 1)))
    document["layers"][0]["feedback"] = None
    (tmp_path / "forged").write_bytes(pack(FORMAT, {
        "network": document, "provenance": Provenance().describe(), "digest": ""}, tensors))
    with pytest.raises(ArtefactError, match="fields must be in canonical form"):
        load(tmp_path / "forged")
