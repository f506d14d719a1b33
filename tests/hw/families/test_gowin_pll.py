# amaranth: UnusedElaboratable=no
from fractions import Fraction

import pytest
from amaranth.hdl import Signal

from hw.families import GOWIN
from hw.families.gowin_pll import cell

M = 10**6
OSCILLATOR = Fraction(27 * M)


def test_the_parameters_of_the_cell_give_the_frequency():
    for setting in GOWIN.pll.settings(OSCILLATOR)[::20]:
        given = cell(setting, Signal(), Signal(), Signal()).parameters
        output = Fraction(given["FCLKIN"]) * M * (given["FBDIV_SEL"] + 1) / (given["IDIV_SEL"] + 1)
        assert (output, output * given["ODIV_SEL"]) == (setting.hz, setting.vco_hz)


@pytest.mark.parametrize("mhz", [24, 27, 50])
def test_the_frequencies_are_those_of_the_formula(mhz):
    """By brute force: MHz of phase detector from 3 on, of VCO 500 to 800, of output 3.90625 to 400."""
    expected = set()
    for divider in range(1, 65):
        for feedback in range(1, 65):
            for output in (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128):
                hz = Fraction(mhz * M * feedback, divider)
                if mhz >= 3 * divider and 3.90625 * M <= hz <= 400 * M and 500 * M <= hz * output <= 800 * M:
                    expected.add((hz, hz * output))
    assert {(setting.hz, setting.vco_hz) for setting in GOWIN.pll.settings(Fraction(mhz * M))} == expected
