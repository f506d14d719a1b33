import itertools
import random

import numpy as np
import pytest

from quant import Conv2d, Dense, Feedback, Flatten, Network, Rate, SingleSpike, SumPool
from quant.dataflow.lowering import synaptic
from quant.description.integers import IntegerTensor, weights
from quant.description.network import input_bound
from quant.description.signs import SignTensor
from sim.layers import integers
from tests.helpers.refusals import refused


@pytest.mark.parametrize(("low", "high", "bits"), [(-1, 1, 2), (-2, 1, 2), (-4, 3, 3), (-3, 3, 3), (-8, 7, 4),
                                                   (0, 7, 4), (-128, 0, 8)])
def test_values_are_those_that_were_packed(low, high, bits):
    rng = random.Random(low)
    values = [low, high, 0, *(rng.randint(low, high) for _ in range(9))]
    packed = weights(np.reshape(values, (3, 2, 2)))
    assert (type(packed), packed.precision, packed.shape) == (IntegerTensor, bits, (3, 2, 2))
    assert packed.values() == values == integers(packed).ravel().tolist()


def test_planes_follow_each_other_lowest_bit_first():
    assert weights([[0, 1, -1, -2]]).packed == bytes([0b1100_0110])


def test_signs_stay_signs():
    assert weights([[1, -1], [1, 1]]) == SignTensor((2, 2), bytes([0b1101]))
    assert SignTensor.of([[1, -1, 1]]).values() == [1, -1, 1]


@pytest.mark.parametrize("values", [[[2, -3, 1], [-1, 0, -1]], [[0, 0, 0]], [[1, 0, 1]], [[-8, 7, 7]]])
def test_bound_is_the_largest_sum_of_any_inputs(values):
    sums = [sum(w for w, spikes in zip(row, fired, strict=True) if spikes)
            for row in values for fired in itertools.product((0, 1), repeat=3)]
    assert weights(values).bound == max(map(abs, sums))


def test_digits_count_magnitudes():
    assert weights([[3, -1, 0], [-4, 2, 1]]).digits == (2, 2, 0, 1, 0, 1)


@pytest.mark.parametrize(("value", "message"), [
    ([[1, 128]], "^weight must be in -128..127, not 128$"), ([[1, 0.5]], "^weight must be an integer, not 0.5$"),
    ([[1, 2], [3]], r"^weights\[1\] must have 2 entries like its neighbours"),
    (None, "^weight must be an integer, not None$")])
def test_what_is_no_weight_is_refused(value, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Dense(weights=value, neurons=SingleSpike(threshold=[1]))


@pytest.mark.parametrize(("packed", "bits", "message"), [
    (0b11_11_10, 3, "must have as few bits as hold them, not 3"), (0b10_11, 2, "must be packed as signs"),
    (0b1_0000, 2, "must end in zero bits"), (0, 9, "bits of a weight must be in 2..8, not 9"),
    (0, 1, "bits of a weight must be in 2..8, not 1")])
def test_weights_have_one_form(packed, bits, message):
    with refused(message):
        IntegerTensor((2,), bytes([packed]), bits)


def test_bounds_of_layer_feedback_and_stage():
    layer = Dense(weights=[[3, -5, 0], [1, 1, 1]], neurons=Rate(threshold=[4, 4]),
                  feedback=Feedback(weights=[[0, 2], [-7, 1]], shift=2))
    last = Dense(weights=[[1, -1]], neurons=Rate(threshold=[1]))
    network = Network(input_shape=(3, 1, 1), steps=3, coding="direct", readout="count", layers=(layer, last))
    assert input_bound(layer, network.signals[0]) == 5 * 255 + (7 << 2)
    assert [stage.bound for stage in synaptic(network)] == [5, 7, 2]


def test_a_sum_pool_repeats_weights():
    network = Network(input_shape=(1, 4, 4), steps=2, layers=(
        SumPool(size=2), Conv2d(weights=[[[[2, 0], [-3, 1]]]], neurons=SingleSpike(threshold=[1])), Flatten(),
        Dense(weights=[[1]], neurons=SingleSpike(threshold=[1]))))
    (stage, _) = synaptic(network)
    assert stage.bound == 3 * 4 == network.input_bounds[0]
