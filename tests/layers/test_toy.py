"""A kind of layers from outside needs its entries and nothing else."""

import numpy as np
import pytest

from hw.cost.estimate import estimate
from hw.families import ECP5
from quant import Dense, FirstSpikePool, Flatten, Network, SingleSpike
from quant.dataflow.folding import folded, parse
from quant.files import artefact
from quant.files.provenance import Provenance
from tests.helpers.equality import everywhere
from tests.layers.toy import ENTRIES, OnOffConv2d


@pytest.fixture
def network(monkeypatch):
    for registry, entry in ENTRIES:
        monkeypatch.setitem(registry, OnOffConv2d.kind, entry)
    rng = np.random.default_rng(3)
    return Network(input_shape=(2, 6, 6), steps=4, layers=(
        OnOffConv2d(weights=rng.choice([-1, 1], (2, 2, 3, 3)), padding=1, stride=2,
                    neurons=SingleSpike(threshold=[2, 1, 2, 3], bias=[0, 1, 0, -1])),
        FirstSpikePool(size=2), Flatten(),
        Dense(weights=rng.choice([-1, 1], (3, 4)), neurons=SingleSpike(threshold=[2, 3, 2]))))


@pytest.mark.parametrize("folding", ["folded", pytest.param("2,2,2 3,4,4", marks=pytest.mark.long)])
def test_everywhere(tmp_path, network, folding):
    images = np.random.default_rng(4).integers(0, 256, (5, 2, 6, 6), np.uint8)
    everywhere(network, folded(network) if folding == "folded" else parse(folding), images, tmp_path)


def test_area_is_estimated_and_the_artefact_goes_round(tmp_path, network):
    assert estimate(network, folded(network), ECP5).parts[-1].luts > 0
    artefact.save(network, tmp_path / "toy.safetensors", provenance=Provenance())
    assert artefact.load(tmp_path / "toy.safetensors").network == network
