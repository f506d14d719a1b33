"""Settings of both PLLs against the formulas of their data sheets, written out, and against known tools."""

import re
import subprocess
from fractions import Fraction

import pytest

from hw.bitstream import boards, toolchain
from hw.families import ECP5, FAMILIES, ICE40

M = 10**6
OSCILLATORS = [Fraction(text) * M for text in ("10", "12", "25", "33.3333")]


def ice40(oscillator):
    """Frequencies by brute force: MHz of phase detector 10 to 133, of VCO 533 to 1,066, of output 16 to 275."""
    for divr in range(16):
        for divf in range(128):
            for divq in range(1, 7):
                pfd, vco = oscillator / (divr + 1), oscillator * (divf + 1) / (divr + 1)
                if 10 * M <= pfd <= 133 * M and 533 * M <= vco <= 1066 * M and 16 * M <= vco / 2**divq <= 275 * M:
                    yield vco / 2**divq


def ecp5(oscillator):
    """The same: 10 to 400 MHz, 400 to 800, 3.125 to 400."""
    for clki in range(1, 129):
        for clkop in range(1, 129):
            vco = oscillator * clkop / clki
            if oscillator / clki < 10 * M or not 400 * M <= vco <= 800 * M:
                continue
            yield from (vco / clkos for clkos in range(1, 129) if 3125000 <= vco / clkos <= 400 * M)


@pytest.mark.parametrize("oscillator", OSCILLATORS, ids=lambda hz: f"{float(hz) / M:g} MHz")
@pytest.mark.parametrize(("family", "brute_force"), [(ICE40, ice40), (ECP5, ecp5)], ids=["ice40", "ecp5"])
def test_the_frequencies_are_those_within_the_limits(family, brute_force, oscillator):
    settings = family.pll.settings(oscillator)
    assert {setting.hz for setting in settings} == set(brute_force(oscillator))
    assert [setting.hz for setting in settings] == sorted(setting.hz for setting in settings)


@pytest.mark.parametrize("family", [ICE40, ECP5], ids=lambda family: family.name)
@pytest.mark.parametrize("mhz", [7, 401])
def test_an_oscillator_beyond_the_limits_gives_nothing(family, mhz):
    assert family.pll.settings(Fraction(mhz * M)) == ()


@pytest.mark.parametrize("family", [ICE40, ECP5], ids=lambda family: family.name)
def test_of_equal_frequencies_the_fastest_phase_detector_comes_last(family):
    last = {}
    for setting in family.pll.settings(Fraction(50 * M)):
        last[setting.hz] = setting
    for setting in family.pll.settings(Fraction(50 * M)):
        assert setting.pfd_hz <= last[setting.hz].pfd_hz


def test_what_the_icepll_tool_finds_is_the_same():
    for mhz in (36, 33):
        done = subprocess.run([toolchain.locate("icepack").with_name("yowasp-icepll"), "-i", "12", "-o", str(mhz)],
                              capture_output=True, text=True, check=True)
        divr, divf, divq = (int(re.search(rf"{name}:\s+(\d+)", done.stdout)[1]) for name in ("DIVR", "DIVF", "DIVQ"))
        setting = [one for one in ICE40.pll.settings(Fraction(12 * M)) if one.hz == mhz * M][-1]
        assert (setting.reference, setting.feedback, setting.output) == (divr + 1, divf + 1, 2**divq)


SERVED = {"blackice": True, "icebreaker": True, "icestick": True, "ice40hx8kbevn": True, "nandlandgo": False,
          "icesugarnano": False, "ulx3s-85f": True, "versaecp5": True}


@pytest.mark.parametrize("name", SERVED)
def test_which_boards_have_one(name):
    platform = boards.board(name)
    family = next(family for family in FAMILIES.values() if platform.device in family.parts)
    assert family.pll.serves(platform) == SERVED[name]


@pytest.mark.parametrize(("name", "at_pad"), [("blackice", True), ("icebreaker", True), ("icestick", False),
                                              ("ice40hx8kbevn", False), ("ulx3s-85f", False)])
def test_where_the_oscillator_is_at_its_pin(name, at_pad):
    platform = boards.board(name)
    family = next(family for family in FAMILIES.values() if platform.device in family.parts)
    assert family.pll.at_pad(platform) == at_pad
