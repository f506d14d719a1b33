from fractions import Fraction

import pytest

from hw.families.gatemate_pll import PLL

SETTINGS = PLL.settings(Fraction(10_000_000))


@pytest.mark.parametrize("mhz", [25, 32.5, 72.5])
def test_the_frequencies_are_made(mhz):
    assert mhz * 1_000_000 in {setting.hz for setting in SETTINGS}


def test_dividers_are_such_as_nextpnr_looks_for():
    """An even product of two output dividers, of which one may be 1, and a VCO within the range of 1.0 V."""
    assert all(setting.output % 8 == 0 and setting.feedback % 2 == 0 for setting in SETTINGS)
    assert all(1000e6 < setting.vco_hz <= 1250e6 for setting in SETTINGS)
