"""Networks of a hundred classes: indices and results are as wide as they need."""

import random

import numpy as np
import pytest

from quant import Dense, Flatten, Network, Rate, SingleSpike
from quant.dataflow.folding import parse
from sim.functional import network as functional
from tests.helpers.equality import everywhere
from tests.helpers.networks import signs

CLASSES = 100
IMAGES = np.random.default_rng(4).integers(0, 256, (12, 1, 3, 4), np.uint8)


def network(readout):
    """1 x 3 x 4 pixels, a dense layer, a hundred classes, the later ones with more of a current."""
    rng = random.Random(readout)
    code, kind, first = ("latency", SingleSpike, 6) if readout == "first_spike" else ("direct", Rate, 600)
    hidden = kind(threshold=[rng.randrange(1, 2 * first) for _ in range(8)])
    outputs = kind(threshold=[rng.randrange(4, 12) for _ in range(CLASSES)],
                   bias=[2 * (index > 60) for index in range(CLASSES)])
    return Network(input_shape=(1, 3, 4), steps=4, readout=readout, coding=code, layers=(
        Flatten(), Dense(weights=signs(rng, 8, 12), neurons=hidden),
        Dense(weights=signs(rng, CLASSES, 8), neurons=outputs)))


@pytest.mark.slow
@pytest.mark.parametrize(("readout", "folding"), [
    ("first_spike", "4,4,1 1,8,1"), pytest.param("potential", "8,12,4 10,8,1", marks=pytest.mark.long)])
def test_everywhere(tmp_path, readout, folding):
    found = network(readout)
    assert functional.run(found, IMAGES).class_index.max() >= 64  # which takes all seven bits
    everywhere(found, parse(folding), IMAGES, tmp_path)
