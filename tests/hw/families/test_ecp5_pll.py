# amaranth: UnusedElaboratable=no
from fractions import Fraction

from amaranth.hdl import Signal

from hw.families import ECP5
from hw.families.ecp5_pll import cell

OSCILLATOR = Fraction(25_000_000)


def test_the_parameters_of_the_cell_give_the_frequency():
    for setting in ECP5.pll.settings(OSCILLATOR)[::50]:
        given = cell(setting, Signal(), Signal(), Signal()).parameters
        vco = OSCILLATOR / given["CLKI_DIV"] * given["CLKFB_DIV"] * given["CLKOP_DIV"]
        assert (vco, vco / given["CLKOS_DIV"]) == (setting.vco_hz, setting.hz)
        assert (given["FEEDBK_PATH"], given["CLKOP_ENABLE"], given["CLKOS_ENABLE"]) == ("CLKOP", "ENABLED", "ENABLED")
        assert 3_125_000 <= vco / given["CLKOP_DIV"] <= 400_000_000


def test_the_feedback_is_the_first_output():
    found = cell(ECP5.pll.settings(OSCILLATOR)[0], Signal(), output := Signal(), Signal())
    first, second, back = (found.ports[name][0] for name in ("CLKOP", "CLKOS", "CLKFB"))
    assert first is back
    assert second is output
