import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from amaranth.back import rtlil

from hw.accelerator import Accelerator
from hw.bitstream.flow import BuildError, DoesNotFit, TooSlow, Usage
from hw.bitstream.packed import pack
from hw.clock import Clock
from hw.cost import fit
from hw.cost.estimate import estimate
from hw.cost.explore import frontier
from hw.families import ECP5, FAMILIES, ICE40, Capacity
from hw.families.pll import Setting
from hw.names import plain
from hw.top import device
from quant import Dense, Flatten, SingleSpike
from quant.dataflow import folding
from quant.dataflow.cores.resize import parse
from quant.files.artefact import network_digest
from quant.serial_link.contents import contents
from sim.vectors import vectors
from tests.helpers.builds import every
from tests.helpers.networks import small
from tests.helpers.refusals import refused

NETWORK = small()
UP5K = Capacity(luts=5280, block_rams=30)


DENSE = replace(NETWORK, layers=(Flatten(), Dense(weights=-np.ones((10, 128), np.int8),
                                                  neurons=SingleSpike(threshold=[5] * 10))))
CHOSEN = folding.folded(DENSE)
HELD = contents(DENSE, CHOSEN, digest=network_digest(DENSE), clock_hz=12e6, baud=1_000_000, made_by="0.1.0",
                vectors=vectors(DENSE, np.random.default_rng(1).integers(0, 256, (11, 2, 8, 8), np.uint8)))


def made(design, folder, family):
    """Area of a design that is packed."""
    folder.mkdir()
    return pack(plain(rtlil.convert(design, name="top", emit_src=False)), family, folder)


def remedy(error, chosen, divider=1, **options):
    clock = Clock(oscillator_hz=Fraction(100_000_000), divider=divider, **options)
    return fit.remedy(error, NETWORK, ICE40, fit.expect(NETWORK, chosen, ICE40), UP5K, clock)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_design_takes_more_than_the_accelerator(family):
    chosen = folding.folded(NETWORK)
    core, whole = estimate(NETWORK, chosen, family), fit.expect(NETWORK, chosen, family)
    assert whole.luts == sum(part.luts for part in whole.parts) > core.luts
    assert whole.flip_flops == sum(part.flip_flops for part in whole.parts) > core.flip_flops
    assert whole.block_rams == sum(part.block_rams for part in whole.parts) > core.block_rams


@pytest.mark.parametrize(("family", "block_rams"), [(ICE40, 4 + 4), (ECP5, 1 + 1)])
def test_requests_and_vectors_take_block_rams(family, block_rams):
    """Eight places of 256 bytes, and eleven vectors of 176 bytes."""
    assert fit.surroundings(NETWORK, family).block_rams == block_rams


@pytest.mark.long
@pytest.mark.parametrize("family", every())
def test_the_surroundings_are_close_to_what_the_tools_make(tmp_path, family):
    """Area of a whole design less that of its accelerator alone."""
    whole, core = (made(design, tmp_path / name, family) for name, design in (
        ("whole", device(DENSE, CHOSEN, HELD)), ("core", Accelerator(DENSE, CHOSEN))))
    guess = fit.surroundings(DENSE, family)
    assert whole.block_rams - core.block_rams == guess.block_rams
    assert abs(guess.luts - (whole.luts - core.luts)) <= guess.luts // 10


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_fastest_is_the_first_of_the_frontier_that_fits(family):
    found = fit.fastest(NETWORK, family, UP5K)
    points = [point.folding for point in frontier(NETWORK, family)]
    assert fit.expect(NETWORK, found, family).luts < UP5K.luts
    assert points.index(found) == 0 or fit.expect(NETWORK, points[points.index(found) - 1], family).luts > 0.9 * 5280


def test_a_network_that_does_not_fit_says_what_it_needs():
    least = fit.expect(NETWORK, frontier(NETWORK, ICE40)[-1].folding, ICE40)
    message = (f"network must fit the board, but its smallest design takes about {least.luts:,} of 300 LUTs and "
               f"{least.block_rams} of 2 block RAMs; take a larger board or a smaller network")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        fit.fastest(NETWORK, ICE40, Capacity(luts=300, block_rams=2))


def test_the_image_needs_block_rams_too():
    least = frontier(NETWORK, ICE40)[-1]
    fit.fastest(NETWORK, ICE40, Capacity(luts=5280, block_rams=least.block_rams + 8))
    with pytest.raises(ValueError, match=r"^network must fit the board"):
        fit.fastest(NETWORK, ICE40, Capacity(luts=5280, block_rams=min(
            point.block_rams for point in frontier(NETWORK, ICE40))))


def test_what_is_loaded_is_chosen_by_what_that_takes():
    plain, found = fit.fastest(NETWORK, ICE40, UP5K), fit.fastest(NETWORK, ICE40, UP5K, reload=True)
    whole = fit.expect(NETWORK, found, ICE40, reload=True)
    assert whole.luts <= UP5K.luts
    assert whole.block_rams <= UP5K.block_rams
    assert whole.cycles_per_image > fit.expect(NETWORK, plain, ICE40).cycles_per_image
    with pytest.raises(ValueError, match=r"^network must fit the board"):
        fit.fastest(NETWORK, ICE40, Capacity(luts=5280, block_rams=2), reload=True)


def test_what_does_not_fit_is_folded_by_what_it_was_over():
    chosen = frontier(NETWORK, ICE40)[0].folding
    expected = fit.expect(NETWORK, chosen, ICE40)
    text = remedy(DoesNotFit("", {"ICESTORM_LC": Usage(7000, 5280), "ICESTORM_RAM": Usage(31, 30)}), chosen)
    found = re.fullmatch(r'; try --fold "([\d, ]+)" \(([\d,]+) cycles an image\)', text)
    smaller = fit.expect(NETWORK, folding.parse(found[1]), ICE40)
    assert smaller.luts < expected.luts * 5280 / 7000
    assert smaller.cycles_per_image == int(found[2].replace(",", ""))


def test_what_fits_in_no_folding_needs_a_larger_board():
    error = DoesNotFit("", {"ICESTORM_LC": Usage(80_000, 5280)})
    assert remedy(error, folding.folded(NETWORK)) == (
        "; no folding of this network is expected to fit, take a larger board")


@pytest.mark.parametrize(("fmax_mhz", "divider", "expected"), [(99, 1, 2), (51, 1, 2), (40, 1, 3), (99, 2, 3)])
def test_what_is_too_slow_needs_a_slower_clock(fmax_mhz, divider, expected):
    error = TooSlow("", fmax_mhz, 100)
    assert remedy(error, folding.folded(NETWORK), divider) == f"; try --clock-divider {expected}, or another --seed"


def test_what_is_too_slow_for_its_pll_needs_a_lower_frequency():
    setting = Setting(oscillator_hz=Fraction(100_000_000), reference=4, feedback=25, output=16)
    assert remedy(TooSlow("", 35.72, 39.0625), folding.folded(NETWORK), pll=setting) == (
        "; try --clock 35, --clock auto, or another --seed")


def test_nothing_is_advised_for_other_failures():
    assert remedy(BuildError(""), folding.folded(NETWORK)) == ""


def test_a_board_that_takes_pictures_takes_more():
    chosen, resize = folding.parse("2,2,1 3,2,4 5,2,1"), parse("30x30x2/2", NETWORK.input_shape)
    plain, more = (fit.expect(NETWORK, chosen, ICE40, resize=each) for each in (None, resize))
    assert more.parts[0].name == "resize"
    assert more.luts == sum(part.luts for part in more.parts) > plain.luts
    assert more.block_rams - plain.block_rams == 2048 * 3 // 512 - 4 + 1  # requests; a row of sums
    assert more.cycles_per_image >= resize.pixels


def test_the_fastest_with_pictures_is_the_smallest_as_fast():
    resize = parse("30x30x2/2", NETWORK.input_shape)
    found, plain = (fit.fastest(NETWORK, ECP5, Capacity(80_000, 200), resize=each) for each in (resize, None))
    of, quickest = (fit.expect(NETWORK, each, ECP5, resize=resize) for each in (found, plain))
    assert of.cycles_per_image == quickest.cycles_per_image
    assert of.luts < quickest.luts
    with refused("smallest design takes about .* take a larger board or a smaller picture$"):
        fit.fastest(NETWORK, ICE40, UP5K, resize=parse("100x100x2", NETWORK.input_shape))


def test_a_board_that_takes_other_networks_takes_more():
    chosen = folding.parse("2,2,1 3,2,4 5,2,1")
    plain, more = (fit.expect(NETWORK, chosen, ICE40, reload=reload) for reload in (False, True))
    (link,), (loading,) = ([part for part in each.parts if part.name == "link"] for each in (plain, more))
    assert loading.luts > link.luts + 100
    assert loading.flip_flops > link.flip_flops + 32
    assert more.luts == sum(part.luts for part in more.parts)
    assert more.cycles_per_image == plain.cycles_per_image
