from types import SimpleNamespace

import pytest

from hw import fit
from hw.boards import Capacity
from hw.flow import BuildError, DoesNotFit, TooSlow, Usage

FASTEST, SLOWEST = 100, 100_000


def guess(cycles):
    return SimpleNamespace(cycles_per_image=cycles, luts=10_000_000 // cycles, block_rams=cycles // 1000)


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    """A network whose folding is its interval; LUTs fall and block RAMs rise with it. Counts the estimates."""
    calls = []

    def estimate(network, folding):
        calls.append(folding)
        return guess(folding)
    monkeypatch.setattr(fit, "estimate", estimate)
    monkeypatch.setattr(fit, "folding", SimpleNamespace(
        unrolled=lambda network: FASTEST, folded=lambda network: SLOWEST, text=str,
        for_interval=lambda network, cycles: cycles))
    return calls


@pytest.mark.parametrize("luts", [100_000, 54_321, 5_000, 101, 100])
def test_search_finds_the_fastest_of_the_grid(luts):
    found = fit.search(None, lambda guess: guess.luts <= luts)
    assert guess(found).luts <= luts
    assert found == FASTEST or guess(int(found / 1.3)).luts > luts


def test_search_finds_nothing():
    assert fit.search(None, lambda guess: False) is None


def test_search_takes_few_estimates(calls):
    fit.search(None, lambda guess: guess.luts <= 5_000)
    assert len(calls) <= 8


def test_the_fastest_leaves_room_for_placement():
    found = fit.fastest(None, Capacity(luts=5280, block_rams=30))
    assert 0.6 * 5280 < guess(found).luts <= 0.85 * 5280


def test_a_network_that_does_not_fit_says_what_it_needs():
    with pytest.raises(ValueError, match="^network must fit the board: the smallest folding needs about 100 of 90 LUTs "
                                         "and 100 of 30 block RAMs; take a larger board or a smaller network$"):
        fit.fastest(None, Capacity(luts=90, block_rams=30))


def test_a_folding_with_too_many_block_rams_does_not_fit():
    with pytest.raises(ValueError, match="^network must fit the board"):
        fit.fastest(None, Capacity(luts=200, block_rams=30))


def test_what_does_not_fit_is_folded_by_what_it_was_over():
    error = DoesNotFit("", {"ICESTORM_LC": Usage(8000, 4000), "ICESTORM_RAM": Usage(33, 30)})
    found = fit.search(None, lambda other: other.luts <= guess(1000).luts * 0.5 * 0.85)
    assert fit.remedy(error, None, guess(1000), 1) == f"; try --fold \"{found}\" ({found:,} cycles an image)"


def test_what_fits_in_no_folding_needs_a_larger_board():
    error = DoesNotFit("", {"ICESTORM_LC": Usage(8000, 4000)})
    assert fit.remedy(error, None, guess(SLOWEST), 1) == (
        "; no folding of this network is expected to fit, take a larger board")


@pytest.mark.parametrize(("fmax_mhz", "divider", "expected"), [(99, 1, 2), (51, 1, 2), (40, 1, 3), (99, 2, 3)])
def test_what_is_too_slow_needs_a_slower_clock(fmax_mhz, divider, expected):
    error = TooSlow("", fmax_mhz, 100)
    assert fit.remedy(error, None, guess(1000), divider) == f"; try --clock-divider {expected}, or another --seed"


def test_nothing_is_advised_for_other_failures():
    assert fit.remedy(BuildError(""), None, guess(1000), 1) == ""
