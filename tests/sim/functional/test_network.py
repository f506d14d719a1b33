from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Conv2d, Dense, Flatten, Network, Ramp, SingleSpike, Step
from quant.description import spike_coding as codes
from sim.functional import network as functional
from sim.functional import oracle
from sim.neurons.model import accumulator
from tests.helpers.strategies import images_for, networks

RANDOM = settings(deadline=None, derandomize=True, database=None)


def agree(network, images):
    """Compare everything the model reports with the oracle."""
    outcome = functional.run(network, images, times=True)
    for index, image in enumerate(images.tolist()):
        verdict = oracle.run(network, image)
        assert outcome.class_index[index] == verdict.class_index
        assert outcome.tick[index] == verdict.tick
        assert outcome.potentials[index].tolist() == verdict.potentials
        for shape, signal, values, expected in zip(network.shapes, network.signals, outcome.times, verdict.maps,
                                                   strict=True):
            if signal.summed == 1:
                assert values.shape[1:] == shape
                assert values[index].ravel().tolist() == [coded(signal, expected[place]) for place in sorted(expected)]


def coded(signal, ticks):
    """Values of all ticks, as one number."""
    if signal.spike_coding.numeric:
        return ticks[0]
    if signal.spike_coding is codes.Trains:
        return sum(spike << tick for tick, spike in enumerate(ticks))
    return ticks.index(1) if any(ticks) else signal.bit_planes


@pytest.mark.parametrize("examples", [80, pytest.param(3000, marks=pytest.mark.long)])
def test_equals_oracle(examples):
    settings(RANDOM, max_examples=examples)(given(st.data())(any_network))()


def any_network(data):
    network = data.draw(networks())
    agree(network, data.draw(images_for(network, 1)))


@settings(RANDOM, max_examples=20)
@given(st.data())
def test_equals_oracle_at_256_steps(data):
    network = data.draw(networks(steps=st.sampled_from([255, 256]), max_maps=1, max_dense=1, max_extent=4))
    agree(network, data.draw(images_for(network, 1)))


@pytest.mark.parametrize("images", [1, 31, 32, 33, 70])
def test_equals_oracle_over_batches(images):
    network = two_layers(Ramp(), "first_spike")
    agree(network, np.random.default_rng(images).integers(0, 256, (images, 1, 4, 4), np.uint8))


def two_layers(psp, readout):
    generator = np.random.default_rng(5)
    conv = generator.choice([-1, 1], (3, 1, 3, 3))
    dense = generator.choice([-1, 1], (4, 12))
    return Network(input_shape=(1, 4, 4), steps=8, readout=readout, layers=(
        Conv2d(weights=conv, neurons=SingleSpike(threshold=[2, 1, 3], bias=[0, 1, -1], psp=psp)), Flatten(),
        Dense(weights=dense, neurons=SingleSpike(threshold=[3, 3, 4, 2], psp=psp))))


STEP = Step()


def single(threshold, psp=STEP, steps=4, bias=(), weights=((1,),), readout="first_spike"):
    return Network(input_shape=(len(weights[0]), 1, 1), steps=steps, readout=readout,
                   layers=(Dense(weights=weights, neurons=SingleSpike(threshold=threshold, bias=bias, psp=psp)),))


def outcome(network, *pixels):
    return functional.run(network, np.array(pixels, np.uint8).reshape(1, -1, 1, 1))


def test_encode_by_hand():
    assert functional.encode(np.array([0, 1, 63, 64, 128, 254, 255], np.uint8), 4).tolist() == [4, 3, 3, 2, 1, 0, 0]


def test_encode_never_is_steps_even_at_256():
    assert functional.encode(np.array([0, 1, 255], np.uint8), 256).tolist() == [256, 254, 0]


def test_input_spike_acts_in_its_own_tick():
    assert outcome(single([1]), 128).tick == 1


def test_comparator_is_greater_or_equal():
    assert outcome(single([1], Ramp()), 255).tick == 0
    assert outcome(single([2], Ramp()), 255).tick == 1


def test_ramp_of_length_saturates():
    assert outcome(single([9], Ramp(length=3), steps=8), 255).potentials.tolist() == [[3]]


def test_bias_acts_in_every_tick():
    assert outcome(single([3], bias=[1]), 0).tick == 2


def test_no_spike_is_steps_and_decides_by_last_potential():
    result = outcome(single([9, 9, 9], weights=((-1,), (1,), (1,))), 255)
    assert (result.tick, result.class_index, result.potentials.tolist()) == (4, 1, [[-1, 1, 1]])


def test_earlier_spike_wins_over_larger_potential():
    result = outcome(single([1, 100], bias=[0, 50], weights=((1,), (1,))), 255)
    assert (result.tick, result.class_index, result.potentials.tolist()) == (0, 0, [[1, 51]])


def test_tie_goes_to_larger_potential_then_lower_index():
    assert outcome(single([1, 1], bias=[0, 5], weights=((1,), (1,))), 255).class_index == 1
    assert outcome(single([1, 1], weights=((1,), (1,))), 255).class_index == 0


def test_silent_output_with_larger_potential_does_not_win_a_tie():
    assert outcome(single([99, 1, 1], bias=[9, 0, 2], weights=((1,), (1,), (1,))), 255).class_index == 2


def test_potential_readout_reports_last_tick():
    result = outcome(single([1, 1], Ramp(), weights=((1,), (1,)), readout="potential"), 255)
    assert (result.tick, result.class_index, result.potentials.tolist()) == (3, 0, [[4, 4]])


def test_times_are_kept_only_if_asked_for():
    assert outcome(single([1]), 1).times is None


def test_progress_counts_all_images():
    seen = []
    functional.run(single([1]), np.zeros((70, 1, 1, 1), np.uint8), progress=seen.append)
    assert sum(seen) == 70


@pytest.mark.parametrize(("bound", "kind"), [(2**24 - 1, np.float32), (2**24, np.float64), (2**53 - 1, np.float64)])
def test_accumulator_is_exact(bound, kind):
    assert accumulator(-bound, 0) is kind
    assert accumulator(0, bound) is kind
    assert int(kind(bound)) == bound


def test_large_bias_is_exact():
    assert outcome(single([2**31 - 1], bias=[2**24 + 1], steps=3), 255).potentials.tolist() == [[3 * 2**24 + 4]]


@pytest.mark.parametrize("readout", ["first_spike", "potential"])
def test_trace_is_that_of_a_network_of_fewer_ticks(readout):
    network = two_layers(Ramp(length=3), readout)
    images = np.random.default_rng(4).integers(0, 256, (40, 1, 4, 4), np.uint8)
    spikes, whole = functional.encode(images, 8), functional.run(network, images, times=True)
    assert whole.trace.shape == (40, 8, 4)
    for ticks in range(1, 9):
        shorter = replace(network, steps=ticks, readout="potential")
        part = functional.respond(shorter, np.minimum(spikes, ticks).astype(np.uint8))
        assert whole.trace[:, ticks - 1].tolist() == part.potentials.tolist()


def test_respond_takes_what_encode_makes():
    network = two_layers(Ramp(), "first_spike")
    images = np.random.default_rng(6).integers(0, 256, (70, 1, 4, 4), np.uint8)
    whole, spikes = functional.run(network, images, times=True), functional.encode(images, 8)
    assert functional.respond(network, spikes).potentials.tolist() == whole.potentials.tolist()
    assert spikes.tolist() == whole.times[0].tolist()


@pytest.mark.parametrize(("spikes", "error", "message"), [
    (np.zeros((1, 1, 4, 4), np.int64), TypeError, "^spikes must be unsigned ticks, not int64$"),
    (np.full((1, 1, 4, 4), 9, np.uint8), ValueError, r"^spikes must be in 0\.\.8, not 9$"),
    (np.zeros((1, 4, 4), np.uint8), ValueError, r"^spikes must have shape \(n, 1, 4, 4\) with n >= 1, not \(1, 4")])
def test_wrong_spikes(spikes, error, message):
    with pytest.raises(error, match=message):
        functional.respond(two_layers(Ramp(), "first_spike"), spikes)


@pytest.mark.parametrize(("images", "error", "message"), [
    (np.zeros((1, 1, 4, 4)), TypeError, "images must be uint8 pixels, not float64"),
    (np.zeros((1, 4, 4), np.uint8), ValueError, r"images must have shape \(n, 1, 4, 4\) with n >= 1, not \(1, 4, 4\)"),
    (np.zeros((2, 1, 4, 5), np.uint8), ValueError, r"not \(2, 1, 4, 5\)"),
    (np.zeros((0, 1, 4, 4), np.uint8), ValueError, r"not \(0, 1, 4, 4\)")])
def test_wrong_images(images, error, message):
    with pytest.raises(error, match=message):
        functional.run(two_layers(Ramp(), "first_spike"), images)


def test_image_does_not_depend_on_its_neighbours():
    network = two_layers(Ramp(length=3), "potential")
    images = np.random.default_rng(2).integers(0, 256, (40, 1, 4, 4), np.uint8)
    together = functional.run(network, images)
    alone = [functional.run(network, images[i:i + 1]) for i in range(40)]
    assert together.potentials.tolist() == [one.potentials[0].tolist() for one in alone]


def test_readouts_differ_only_in_decision():
    first = two_layers(Ramp(), "first_spike")
    images = np.random.default_rng(3).integers(0, 256, (5, 1, 4, 4), np.uint8)
    spikes = functional.run(first, images, times=True).times
    others = functional.run(replace(first, readout="potential"), images, times=True).times
    assert all((a == b).all() for a, b in zip(spikes, others, strict=True))
