from dataclasses import replace

import numpy as np
import pytest

from quant.dataflow.folding import folded, parse
from sim.cycle.stalls import ALWAYS, Bursts, Random
from sim.vectors import vectors
from tests.cocotb.runner import CACHE
from tests.helpers.networks import small
from verify.replay import Mismatch, replay, simulator

NETWORK, FOLDING = small(), parse("2,1,2 3,2,4 5,6,1")
VECTORS = vectors(NETWORK, np.random.default_rng(0).integers(0, 256, (6, *NETWORK.input_shape), np.uint8))


@pytest.fixture(scope="module")
def compiled():
    return simulator(NETWORK, FOLDING, CACHE)


@pytest.mark.parametrize(("gap", "stall"), [(ALWAYS, ALWAYS), (Random(seed=1), Bursts(run=1, stall=99))], ids=repr)
def test_all_agree(compiled, gap, stall):
    result = replay(NETWORK, FOLDING, VECTORS, compiled, input_gap=gap, output_stall=stall)
    assert result.images == 6
    assert result.transfers == 6 * 128 + 6
    assert result.cycles_predicted == result.cycles_simulated


def test_a_wrong_vector_is_found(compiled):
    wrong = (*VECTORS[:4], replace(VECTORS[4], tick=(VECTORS[4].tick + 1) % 4), VECTORS[5])
    with pytest.raises(Mismatch, match=r"^functional golden model differs from stored vectors 4$"):
        replay(NETWORK, FOLDING, wrong, compiled)


def test_another_network_is_found(compiled):
    other = small(1)
    pixels = np.frombuffer(b"".join(vector.pixels for vector in VECTORS), np.uint8).reshape(-1, *other.input_shape)
    with pytest.raises(Mismatch, match=r"^result 0 of the Verilog must be \(class, tick, potentials\) \("):
        replay(other, FOLDING, vectors(other, pixels), compiled)


def test_another_folding_is_found(compiled):
    with pytest.raises(Mismatch, match=r"^pixel \d+ must move in cycle \d+, not in \d+$"):
        replay(NETWORK, folded(NETWORK), VECTORS, compiled)
