import itertools
import random

from quant import Conv2d, Dense, Feedback, FirstSpikePool, Flatten, Network, Rate, SingleSpike, SumPool
from quant.dataflow.lowering import stages, synaptic
from quant.dataflow.stage import PoolStage


def signs(rng, *shape):
    return [signs(rng, *shape[1:]) for _ in range(shape[0])] if shape else rng.choice((-1, 1))


def neurons(channels):
    return SingleSpike(threshold=list(range(1, channels + 1)))


RNG = random.Random(3)
CONV, FIRST, SECOND = signs(RNG, 2, 3, 2, 2), signs(RNG, 4, 8), signs(RNG, 3, 4)
NETWORK = Network(input_shape=(3, 5, 5), steps=4, layers=(
    Conv2d(weights=CONV, neurons=neurons(2)), FirstSpikePool(size=2), Flatten(),
    Dense(weights=FIRST, neurons=neurons(4)), Dense(weights=SECOND, neurons=neurons(3))))


def test_one_stage_for_each_layer_that_computes():
    assert [(stage.name, stage.shape_in, stage.shape_out) for stage in stages(NETWORK)] == [
        ("conv2d0", (3, 5, 5), (2, 4, 4)), ("first_spike_pool1", (2, 4, 4), (2, 2, 2)),
        ("dense3", (8, 1, 1), (4, 1, 1)), ("dense4", (4, 1, 1), (3, 1, 1))]


def test_only_the_last_is_the_output():
    assert [stage.is_output for stage in stages(NETWORK) if not isinstance(stage, PoolStage)] == [False, False, True]


def test_convolution_weights_come_in_window_order():
    conv = stages(NETWORK)[0]
    for channel, row in enumerate(conv.rows):
        assert list(map(int, row)) == [int(CONV[channel][c][y][x] > 0)
                                       for y, x, c in itertools.product(range(2), range(2), range(3))]


def test_dense_after_flatten_takes_inputs_as_they_arrive():
    dense = stages(NETWORK)[2]
    logical = [(c * 2 + y) * 2 + x for y, x, c in itertools.product(range(2), range(2), range(2))]
    assert list(dense.arrival) == logical == [0, 4, 1, 5, 2, 6, 3, 7]
    for channel, row in enumerate(dense.rows):
        assert list(map(int, row)) == [int(FIRST[channel][place] > 0) for place in logical]


def test_permuted_weights_sum_as_the_layer_does():
    rng = random.Random(1)
    spikes = [[[rng.randint(0, 1) for _ in range(2)] for _ in range(2)] for _ in range(2)]  # channel, row, column
    flat = [spike for channel in spikes for row in channel for spike in row]
    arriving = [spikes[c][y][x] for y, x, c in itertools.product(range(2), range(2), range(2))]
    for weights, row in zip(FIRST, stages(NETWORK)[2].rows, strict=True):
        assert (sum(spike * (2 * int(bit) - 1) for spike, bit in zip(arriving, row, strict=True))
                == sum(spike * weight for spike, weight in zip(flat, weights, strict=True)))


def test_dense_after_dense_keeps_its_order():
    dense = stages(NETWORK)[3]
    assert dense.arrival == (0, 1, 2, 3)
    assert [list(map(int, row)) for row in dense.rows] == [[int(w > 0) for w in weights] for weights in SECOND]


def test_flatten_twice_is_flatten_once():
    layers = NETWORK.layers
    twice = Network(input_shape=(3, 5, 5), steps=4, layers=(*layers[:3], Flatten(), *layers[3:]))
    assert [stage.rows for stage in stages(twice)[2:]] == [stage.rows for stage in stages(NETWORK)[2:]]


def test_dense_is_a_convolution_over_one_pixel():
    dense = stages(NETWORK)[2]
    assert (dense.size, dense.stride, dense.padding, dense.fan_in) == (1, 1, 0, 8)


def test_inputs_that_a_sum_pool_adds_up_share_a_weight():
    rng = random.Random(4)
    kernel = signs(rng, 2, 3, 3, 3)
    network = Network(input_shape=(3, 8, 8), steps=4, coding="direct", readout="count", layers=(
        SumPool(size=2), Conv2d(weights=kernel, neurons=Rate(threshold=[9] * 2)), Flatten(),
        Dense(weights=signs(rng, 3, 8), neurons=Rate(threshold=[9] * 3))))
    conv = stages(network)[0]
    assert (conv.size, conv.stride, conv.shape_in) == (6, 2, (3, 8, 8))
    assert list(map(int, conv.rows[1])) == [int(kernel[1][c][y // 2][x // 2] > 0)
                                            for y, x, c in itertools.product(range(6), range(6), range(3))]


def test_feedback_is_a_convolution_over_the_spikes_of_its_layer():
    rng = random.Random(2)
    kernel = signs(rng, 2, 2, 5, 5)
    network = Network(input_shape=(1, 6, 6), steps=4, coding="direct", readout="count", layers=(
        Conv2d(weights=signs(rng, 2, 1, 2, 2), neurons=Rate(threshold=[9] * 2), stride=2,
               feedback=Feedback(weights=kernel, shift=3)), Flatten(),
        Dense(weights=signs(rng, 3, 18), neurons=Rate(threshold=[9] * 3))))
    conv, loop, dense = synaptic(network)
    assert (conv.loop.stage, conv.loop.shift, dense.loop) == (loop, 3, None)
    assert (loop.name, loop.shape_in, loop.shape_out) == ("conv2d0_feedback", (2, 3, 3), (2, 3, 3))
    assert (loop.size, loop.stride, loop.padding, loop.signal.bit_planes, loop.fan_in) == (5, 1, 2, 1, 50)
    assert list(map(int, loop.rows[1])) == [int(kernel[1][c][y][x] > 0)
                                            for y, x, c in itertools.product(range(5), range(5), range(2))]
    assert conv.input_bound == 4 * 255 + (50 << 3)


def test_in_a_single_tick_there_is_no_feedback():
    rng = random.Random(2)
    network = Network(input_shape=(2, 1, 1), steps=1, coding="direct", readout="count", layers=(
        Dense(weights=signs(rng, 2, 2), neurons=Rate(threshold=[9] * 2), feedback=Feedback(weights=signs(rng, 2, 2))),
        Dense(weights=signs(rng, 3, 2), neurons=Rate(threshold=[9] * 3))))
    assert [(stage.name, stage.input_bound, stage.loop) for stage in synaptic(network)] == [
        ("dense0", 510, None), ("dense1", 2, None)]
