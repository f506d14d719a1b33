import math

import pytest

from hw.cost import explore
from hw.cost.estimate import estimate
from hw.cost.explore import fitting, frontier
from hw.cost.space import Space
from hw.families import ICE40
from quant.files import artefact, zoo

LUTS = 12_000


@pytest.fixture(scope="module")
def network():
    return artefact.load(zoo.path("mnist-up5k")).network


@pytest.mark.parametrize("block_rams", [8, 14, 20])
def test_few_block_rams_are_made_do_with(network, block_rams):
    """Where the smallest folding of each speed takes more of them, others are found, that take LUTs."""
    found = estimate(network, fitting(network, ICE40, LUTS, block_rams), ICE40)
    assert found.block_rams <= block_rams
    assert found.luts <= LUTS * (1 - explore.MARGIN)
    assert all(point.cycles > found.cycles_per_image or point.block_rams > block_rams
               for point in frontier(network, ICE40) if point.luts <= found.luts)


def test_block_rams_have_a_price(network):
    free = Space(network, ICE40.fabric)
    dear = free.at([200] * len(free.stages))
    for limit in (5000, 20_000, 80_000):
        least, other = free.smallest(limit), dear.smallest(limit)
        assert least.cost == least.size.luts <= other.size.luts
        assert other.cost == other.size.luts + 200 * other.size.block_rams
        assert other.cost <= least.size.luts + 200 * least.size.block_rams
    assert dear.smallest(5000).size.block_rams < free.smallest(5000).size.block_rams


def test_prices_rise_stage_after_stage(network, monkeypatch):
    """Where the foldings of one price take too many block RAMs, and those of the next too many LUTs."""
    rungs = explore._ladder(explore._space(network, ICE40), [0, 200])
    first, *between, last = [rung.smallest(3000).size for rung in rungs]
    chosen = next(size for size in between if last.block_rams < size.block_rams < first.block_rams)
    assert first.luts < chosen.luts < last.luts
    luts = math.ceil(chosen.luts / (1 - explore.MARGIN))
    monkeypatch.setattr(explore, "PRICES", (0, 200 * chosen.block_rams / luts))
    found = fitting(network, ICE40, luts, chosen.block_rams)
    assert estimate(network, found, ICE40).cycles_per_image <= 3000
