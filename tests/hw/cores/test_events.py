"""Networks of spike trains by everything that computes one: oracle, models, training, emitted Verilog."""

import numpy as np
import pytest

from quant import Conv2d, Dense, FirstSpikePool, Flatten, Network, Rate
from quant.dataflow.folding import parse
from tests.helpers.equality import everywhere


def signs(seed, *shape):
    return np.random.default_rng(seed).choice([-1, 1], shape).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("fold", ["1,1,1 1,1,1", pytest.param("4,18,6 3,4,2", marks=pytest.mark.long)])
def test_spike_trains_are_computed_alike(tmp_path, fold):
    network = Network(input_shape=(2, 6, 7), steps=6, coding="events", readout="count", layers=(
        Conv2d(weights=signs(1, 4, 2, 3, 3), padding=1,
               neurons=Rate(threshold=[1, 2, 3, 5], bias=[0, 1, 0, -1], leak=2)),
        FirstSpikePool(size=2), Flatten(),
        Dense(weights=signs(2, 3, 36), neurons=Rate(threshold=[4, 4, 4]))))
    images = np.random.default_rng(3).integers(0, 256, (3, 2, 6, 7), np.uint8)
    everywhere(network, parse(fold), images, tmp_path)
