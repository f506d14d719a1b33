import numpy as np
import pytest

from sim.functional import network as functional
from sim.functional.lockstep import stream
from tests.helpers.networks import loops, phases, rates, small


def some(network, count):
    return np.random.default_rng(3).integers(0, 256, (count, *network.input_shape), np.uint8)


@pytest.mark.parametrize("network", [rates(steps=20), rates(steps=20, leak=2), rates(steps=20, reset="zero"),
                                     loops(steps=20)])
def test_each_tick_is_that_of_the_functional_model(network):
    pixels = some(network, 6)
    known, total = functional.run(network, pixels, times=True), 0
    for tick, (spikes, potentials) in enumerate(stream(network, pixels, 20)):
        assert (potentials.T == known.trace[:, tick]).all()
        for ours, theirs in zip(spikes, known.times[1:], strict=True):
            assert (np.moveaxis(ours, -1, 0) == theirs >> tick & 1).all()
            total += int(ours.sum())
    assert tick == 19
    assert total > 500


def test_ticks_beyond_a_spike_train():
    """A first layer whose input is the same in all ticks fires as often in each hundred of them."""
    network = rates()
    counts = [spikes[0].astype(int) for spikes, _ in stream(network, some(network, 3), 200)]
    early, late = (sum(counts[start:start + 100]) for start in (0, 100))
    assert abs(early - late).max() <= 1
    assert late.sum() > 100


@pytest.mark.parametrize("network", [small(), phases()])
def test_other_neurons(network):
    with pytest.raises(ValueError, match="^neurons of synaptic layer 0 must be rate neurons, not "):
        next(stream(network, some(network, 1), 4))
