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
    dear = free.at(200)
    for limit in (5000, 20_000, 80_000):
        least, other = (each.smallest(limit).size for each in (free, dear))
        assert free.cost(least) == least.luts <= other.luts
        assert dear.cost(other) == other.luts + 200 * other.block_rams <= dear.cost(least)
    assert dear.smallest(5000).size.block_rams < free.smallest(5000).size.block_rams
