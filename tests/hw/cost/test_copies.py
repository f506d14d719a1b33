import math

import pytest

from hw.cost import explore
from hw.cost.copies import side_by_side
from hw.cost.estimate import estimate
from hw.families.ecp5 import ECP5
from hw.families.ice40 import ICE40
from quant.dataflow.chain import chain, input_words
from quant.dataflow.folding import copied, copies
from quant.files import artefact, zoo
from tests.helpers.networks import small

NETWORK = small()
PIXELS = math.prod(NETWORK.input_shape)


@pytest.mark.parametrize("family", [ICE40, ECP5], ids=lambda family: family.name)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_side_by_side_is_as_large_and_as_fast_as_the_estimate_of_the_whole(number, family):
    one = explore.frontier(NETWORK, family)[-1]
    point, guess = side_by_side(NETWORK, one, number, family), estimate(NETWORK, copied(one.folding, number), family)
    assert point.folding == copied(one.folding, number)
    assert (point.luts, point.block_rams) == (guess.luts, guess.block_rams)
    assert point.cycles == max(PIXELS, math.ceil(one.cycles / number)) <= guess.cycles_per_image
    assert number * one.luts <= point.luts


def test_of_many_a_word_a_cycle_is_the_most():
    fastest = explore.frontier(NETWORK, ICE40)[0]
    words = input_words(chain(NETWORK, fastest.folding), PIXELS)
    assert side_by_side(NETWORK, fastest, 8, ICE40).cycles == words == 8


def test_frontier_of_several_is_beaten_by_none_and_has_what_is_not_worse_of_one():
    network = artefact.load(zoo.path("mnist-up5k")).network
    one, several = explore.frontier(network, ECP5), explore.frontier(network, ECP5, copies=2)
    assert list(several) == sorted(several, key=lambda point: point.cycles)
    assert [point.luts for point in several] == sorted((point.luts for point in several), reverse=True)
    assert {copies(point.folding) for point in several} == {1, 2}
    for point in one:
        assert any(other.luts <= point.luts and other.cycles <= point.cycles for other in several)


def test_chosen_interval_is_kept_by_several():
    alone = explore.for_interval(NETWORK, 4000, ICE40)
    found = explore.for_interval(NETWORK, 2000, ICE40, copies=2)
    assert estimate(NETWORK, found, ICE40).cycles_per_image <= 2000
    assert found == copied(alone, 2)


def test_several_fit_in_what_they_need_and_in_no_less():
    least = side_by_side(NETWORK, explore.frontier(NETWORK, ICE40)[-1], 3, ICE40)
    luts = math.ceil(least.luts / (1 - explore.MARGIN))
    assert explore.fitting(NETWORK, ICE40, luts, least.block_rams, copies=3) == least.folding
    assert explore.fitting(NETWORK, ICE40, luts, least.block_rams - 1, copies=3) is None
    assert explore.fitting(NETWORK, ICE40, int(luts * 0.9), least.block_rams, copies=3) is None
