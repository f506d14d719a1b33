from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hw.bitstream import boards
from hw.clock import AUTO, OSCILLATOR, Clock, at_most, oscillator, usual
from hw.families import ECP5
from hw.families.pll import Setting

M = 10**6
ICEBREAKER, ULX3S = boards.board("icebreaker"), boards.board("ulx3s-85f")


@settings(max_examples=25, deadline=None)
@given(mhz=st.fractions(12, 70, max_denominator=1000))
@example(mhz=Fraction(36))
@example(mhz=Fraction(12))
def test_the_clock_is_the_highest_that_does_not_exceed_the_request(mhz):
    """Of the oscillator's 12 MHz divided, and of what a PLL with a phase detector at 12 MHz makes."""
    made = {Fraction(12 * M, divider) for divider in range(1, 1025)}
    made |= {Fraction(12 * M * feedback, output) for feedback in range(45, 89) for output in (2, 4, 8, 16, 32, 64)
             if 16 * M * output <= 12 * M * feedback}
    found = at_most(ICEBREAKER, mhz * M)
    assert found.exact_hz == max(hz for hz in made if hz <= mhz * M)
    assert (found.pll is None) == (found.exact_hz <= 12 * M)


def test_a_clock_that_is_too_slow():
    with pytest.raises(ValueError, match=r"^clock must be at least 0\.0117188 MHz, not 0\.01$"):
        at_most(ICEBREAKER, 10_000)


@pytest.mark.parametrize(("name", "part"), [("nandlandgo", "iCE40HX1K has no PLL in package VQ100"),
                                            ("icesugarnano", "iCE40LP1K has no PLL in package CM36")])
def test_a_part_without_a_pll_says_so(name, part):
    with pytest.raises(ValueError, match=f"^clock must be oscillator: {part}$"):
        at_most(boards.board(name), 50 * M)


def test_an_oscillator_inside_the_device_is_refused(monkeypatch):
    platform = boards.board("icebreaker")
    monkeypatch.setattr(type(platform), "default_clk", "SB_HFOSC")
    monkeypatch.setattr(type(platform), "hfosc_div", 2, raising=False)
    with pytest.raises(ValueError, match="^clock must be oscillator: SB_HFOSC is inside the device, not at a pin$"):
        at_most(platform, 50 * M)


def test_the_usual_clock_is_that_of_the_pll_where_there_is_one():
    assert (usual(ICEBREAKER), usual(ULX3S), usual(boards.board("nandlandgo"))) == (AUTO, AUTO, OSCILLATOR)
    assert usual(ICEBREAKER, divider=1) == OSCILLATOR


def test_the_oscillator_itself_is_preferred_to_a_pll_of_its_frequency():
    assert any(setting.hz == 25 * M for setting in ECP5.pll.settings(Fraction(25 * M)))
    assert at_most(ULX3S, 25 * M) == oscillator(ULX3S) == Clock(oscillator_hz=Fraction(25 * M))


@pytest.mark.parametrize(("name", "divider", "given_divider"), [("icebreaker", 1, None), ("blackice", 2, None),
                                                                ("versaecp5", 2, None), ("versaecp5", 7, 7)])
def test_an_oscillator_is_divided(name, divider, given_divider):
    platform = boards.board(name)
    clock = oscillator(platform, given_divider)
    assert clock.exact_hz == Fraction(platform.default_clk_frequency) / divider


def test_a_clock_says_where_it_comes_from():
    setting = Setting(oscillator_hz=Fraction(25 * M), reference=2, feedback=59, output=62)
    assert Clock(oscillator_hz=Fraction(25 * M)).source == "oscillator, 25 MHz"
    assert Clock(oscillator_hz=Fraction(25 * M), divider=3).source == "oscillator, 25 MHz, / 3"
    assert Clock(oscillator_hz=Fraction(25 * M), pll=setting).source == (
        "PLL: oscillator, 25 MHz, / 2 * 59 / 62, VCO at 737.5 MHz")


def test_a_divider_beside_a_pll_is_refused():
    setting = Setting(oscillator_hz=Fraction(25 * M), reference=2, feedback=59, output=62)
    with pytest.raises(ValueError, match="^clock divider must be 1 with a PLL, not 2$"):
        Clock(oscillator_hz=Fraction(25 * M), divider=2, pll=setting)
