"""Clock of a design: a board's oscillator, the oscillator divided, or the output of the device's PLL."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from quant.check import integer

from . import families
from .families.pll import Pll, Setting

AUTO, OSCILLATOR = "auto", "oscillator"
MAX_DIVIDER = 1024


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Where a design's clock comes from, and its frequency.

    Parameters
    ----------
    oscillator_hz : Fraction
        Frequency of the board's oscillator.
    divider : int
        The clock is the oscillator divided by this, 1..1024; without a PLL.
    pll : Setting, optional
        The clock is the PLL's output.

    Raises
    ------
    ValueError
        The divider is out of range, or there are both.
    """

    oscillator_hz: Fraction
    divider: int = 1
    pll: Setting | None = None

    def __post_init__(self) -> None:
        integer("clock divider", self.divider, 1, MAX_DIVIDER)
        if self.pll and self.divider > 1:
            raise ValueError(f"clock divider must be 1 with a PLL, not {self.divider}")

    @property
    def exact_hz(self) -> Fraction:
        """The frequency."""
        return self.pll.hz if self.pll else self.oscillator_hz / self.divider

    @property
    def hz(self) -> float:
        """The frequency, as nearly as a float has it."""
        return float(self.exact_hz)

    @property
    def source(self) -> str:
        """Where the clock comes from, for people."""
        oscillator = f"oscillator, {float(self.oscillator_hz) / 1e6:g} MHz"
        if self.pll:
            return (f"PLL: {oscillator}, / {self.pll.reference} * {self.pll.feedback} / {self.pll.output}, "
                    f"VCO at {float(self.pll.vco_hz) / 1e6:g} MHz")
        return oscillator if self.divider == 1 else f"{oscillator}, / {self.divider}"


def oscillator(platform: Any, divider: int | None = None) -> Clock:
    """The oscillator of a board, divided: without a divider, by the least that gives a clock that its part reaches."""
    hz = Fraction(platform.default_clk_frequency)
    if divider is None:
        divider = math.ceil(hz / Fraction(families.of(platform).speed(platform.device).expected_hz))
    return Clock(oscillator_hz=hz, divider=divider)


def at_most(platform: Any, hz: float | Fraction) -> Clock:
    """The highest clock, of at most so many Hz, that a board's oscillator or PLL gives.

    Raises
    ------
    ValueError
        There is none, or the board's part has no PLL in its package.
    """
    source, pll = Fraction(platform.default_clk_frequency), _pll(platform)
    divided = (Clock(oscillator_hz=source, divider=divider) for divider in range(1, MAX_DIVIDER + 1))
    multiplied = (Clock(oscillator_hz=source, pll=setting) for setting in reversed(pll.settings(source)))
    found = [next((clock for clock in kind if clock.exact_hz <= hz), None) for kind in (divided, multiplied)]
    if not any(found):
        raise ValueError(f"clock must be at least {float(source / MAX_DIVIDER) / 1e6:g} MHz, not {float(hz) / 1e6:g}")
    return max(filter(None, found), key=lambda clock: clock.exact_hz)  # the oscillator, if both give the same


def _pll(platform: Any) -> Pll:
    pll = families.of(platform).pll
    if not pll.serves(platform):
        raise ValueError(f"clock must be {OSCILLATOR}: {platform.device} has no PLL in package {platform.package}")
    if (platform.default_clk, 0) not in platform.resources:
        raise ValueError(f"clock must be {OSCILLATOR}: {platform.default_clk} is inside the device, not at a pin")
    return pll


def usual(platform: Any, divider: int | None = None) -> str:
    """Clock that is asked for where nothing is said: `AUTO`, but of a divider or without a PLL `OSCILLATOR`."""
    try:
        _pll(platform)
    except ValueError:
        return OSCILLATOR
    return AUTO if divider is None else OSCILLATOR


def asked(platform: Any, clock: str | float, divider: int | None) -> Clock:
    """Clock that a build begins with: `OSCILLATOR`, `AUTO` or in MHz the most; ``divider``: of the oscillator.

    Raises
    ------
    ValueError
        It is none of them, the divider is not of the oscillator, or the part has no PLL.
    """
    match clock:
        case "oscillator":
            return oscillator(platform, divider)
        case _ if divider is not None:
            raise ValueError(f"clock divider must be of the {OSCILLATOR}, not of a clock of {clock}")
        case "auto":
            return at_most(platform, families.of(platform).speed(platform.device).expected_hz)
        case int() | float() if 0 < clock < math.inf:
            return at_most(platform, Fraction(str(clock)) * 10**6)
    raise ValueError(f"clock must be {AUTO}, {OSCILLATOR} or a frequency in MHz, not {clock!r}")
