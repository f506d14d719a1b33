"""Resize on pictures of any kind: values and cycles of hardware and models."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from sim.cycle.payload import transform
from sim.functional.resize import resize
from tests.helpers.cores.bench import RATES, every_stall
from tests.helpers.cores.bench import check as agrees


def check(core, count=2, stall=0.0, seed=0):
    """Random pictures through hardware, data and timing model; the data model gives what the functional model does."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 256, (count, core.channels, core.height, core.width), np.uint8)
    pictures[rng.random(pictures.shape) < 0.2] = 255
    sent, due = ([(value,) for value in values.transpose(0, 2, 3, 1).reshape(-1).tolist()]
                 for values in (pictures, resize(core, pictures)))
    assert list(transform(core, sent)) == due
    agrees(core, sent, seed=seed, stall=stall)


@every_stall
@pytest.mark.parametrize("core", [
    cores.Resize(width=9, height=7, channels=3, left=1, top=2, factor=2, output_shape=(1, 2, 3), invert=True),
    cores.Resize(width=8, height=4, channels=1, left=0, top=0, factor=4, output_shape=(1, 1, 2)),
    cores.Resize(width=4, height=5, channels=3, left=1, top=1, factor=1, output_shape=(3, 3, 2))],
    ids=["grey", "boxes", "crop"])
def test_agrees_with_models(core, stall):
    check(core, stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data(), rows=st.integers(1, 3), columns=st.integers(1, 3), factor=st.sampled_from([1, 2, 4]),
       channels=st.sampled_from([(1, 1), (3, 1), (3, 3), (2, 2)]), invert=st.booleans(), stall=st.sampled_from(RATES),
       seed=st.integers(0, 99))
def test_any_resize_agrees_with_models(data, rows, columns, factor, channels, invert, stall, seed):
    left, top = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    check(cores.Resize(width=left + columns * factor + data.draw(st.integers(0, 3)), left=left, top=top,
                       height=top + rows * factor + data.draw(st.integers(0, 3)), channels=channels[0], factor=factor,
                       output_shape=(channels[1], rows, columns), invert=invert), stall=stall, seed=seed)
