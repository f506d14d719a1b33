from fractions import Fraction

import pytest

from hw.clock import Clock
from hw.families.pll import Setting
from hw.timing_closure import MARGIN, close

OSCILLATOR = Clock(oscillator_hz=Fraction(12))


def at(hz):
    """A clock of so many Hz, by a PLL that makes whole ones."""
    return Clock(oscillator_hz=Fraction(12), pll=Setting(oscillator_hz=Fraction(12), reference=12, feedback=hz,
                                                         output=1))


def closed(reached, target=60):
    """The clock that is found, and those that are tried, where a design reaches what ``reached`` gives for a clock."""
    tried = []

    def route(clock):
        tried.append(int(clock.exact_hz))
        return reached(tried[-1])
    found = close(at(target), OSCILLATOR, lambda hz: OSCILLATOR if hz < 13 else at(int(hz)), route)
    return found.exact_hz, tried


def test_a_design_that_holds_the_target_is_routed_once():
    assert closed(lambda hz: 62) == (60, [60])


def test_the_clock_is_what_routing_gave_with_a_margin():
    assert closed(lambda hz: 40) == (38, [60, 38])  # 40 / 1.03 is 38.8


def test_it_steps_down_until_the_routed_design_holds():
    assert closed({60: 40, 38: 38.5, 37: 36, 34: 36}.get) == (34, [60, 38, 37, 34])


@pytest.mark.parametrize("hz", [38, 37.9])
def test_what_reaches_its_clock_without_the_margin_does_not_hold(hz):
    found, tried = closed({60: 40, 38: hz, 36: 40}.get)
    assert (found, tried) == (36, [60, 38, 36])


def test_the_margin_itself_is_enough():
    assert closed({60: 40, 38: float(38 * (1 + MARGIN))}.get)[0] in (37, 38)
    assert closed(lambda hz: Fraction(hz) * (1 + MARGIN)) == (60, [60])


@pytest.mark.parametrize("hz", [13, 12, 5, 0.5])
def test_a_design_that_is_no_faster_gets_the_oscillator_without_another_try(hz):
    assert closed(lambda _: hz) == (12, [60])


def test_a_target_below_the_oscillator_is_not_tried():
    assert closed(lambda _: 100, target=11) == (12, [])
