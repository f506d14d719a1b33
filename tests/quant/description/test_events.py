"""Networks that take spike trains."""

import numpy as np
import pytest

from quant import Dense, Flatten, Network, Rate
from quant.description.signal import Signal
from quant.description.spike_coding import Trains
from quant.files import artefact
from quant.files.provenance import Provenance
from tests.helpers.equality import untimed


def network(steps=3, threshold=2):
    return Network(input_shape=(2, 1, 1), steps=steps, coding="events", readout="count", layers=(
        Flatten(), Dense(weights=[[1, 1], [1, -1]], neurons=Rate(threshold=[threshold, threshold]))))


def image(on, off):
    return np.array([[[[on]], [[off]]]], np.uint8)


def test_an_input_is_a_spike_train():
    assert network().signals[0] == Signal(Trains, 3)


def test_spikes_of_each_tick_by_hand():
    # V of the first output is 1, 2 (fires, 0), 2 (fires, 0); of the second 1, 1, 1.
    outcome = untimed(network(), image(0b111, 0b100) & 0b111)
    assert outcome.class_index.tolist() == [0]
    outcome = untimed(network(), image(0b110, 0b000))
    assert outcome.potentials.tolist() == [[0, 0]]
    outcome = untimed(network(threshold=9), image(0b111, 0b100))
    assert outcome.potentials.tolist() == [[4, 2]]


def test_bits_above_the_ticks_do_not_matter():
    plain, more = image(0b101, 0b010), image(0b11101, 0b10010)
    assert untimed(network(), more).potentials.tolist() == untimed(network(), plain).potentials.tolist()


def test_file_gives_the_network_back(tmp_path):
    digest = artefact.save(network(), tmp_path / "n.safetensors", provenance=Provenance())
    found = artefact.load(tmp_path / "n.safetensors")
    assert (found.network, found.digest) == (network(), digest)


def test_more_ticks_than_a_value_has_bits_are_refused():
    assert network(steps=8).steps == 8
    with pytest.raises(ValueError, match=r"^steps must be in 1\.\.8 with coding events, a bit of each value for each "
                                         r"tick, not 9$"):
        network(steps=9)
