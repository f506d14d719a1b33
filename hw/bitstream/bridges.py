"""USB bridges: the chip between each board's UART and its host, and the baud rates that it makes.

FTDI's application note AN_120 has the dividers: 3 MHz, of a Hi-Speed chip 12 MHz, by n + k/8 with n of 2 or more, or by
1 or 1.5. WCH's data sheet of the CH340 has rates up to 2 Mbaud; they are 12 MHz by whole numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from quant.serial_link.protocol import BAUD, RATES

from ..serial_link.uart import MIN_CYCLES

MAX_ERROR = Fraction(15, 1000)  # of a rate that is asked for; the receiver stands 2 %


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """A USB bridge chip.

    Parameters
    ----------
    name : str
    base_hz : int
        Frequency that is divided.
    least : int
        Smallest divisor of which all multiples of ``1 / parts`` follow.
    parts : int
    special : tuple of Fraction
        Smaller divisors.
    """

    name: str
    base_hz: int
    least: int
    parts: int = 1
    special: Sequence[Fraction] = ()

    def nearest(self, baud: int) -> Fraction:
        """The rate nearest to ``baud``, at least 1, that it makes."""
        multiple = Fraction(max(round(Fraction(self.base_hz, baud) * self.parts), self.least * self.parts), self.parts)
        return min((self.base_hz / divisor for divisor in (multiple, *self.special)), key=lambda rate: abs(rate - baud))

    def makes(self, baud: int) -> bool:
        """True if a rate is made to within `MAX_ERROR`."""
        return abs(self.nearest(baud) - baud) <= baud * MAX_ERROR


FTDI_SPECIAL = (Fraction(1), Fraction(3, 2))
FT2232H = Bridge(name="FT2232H", base_hz=12_000_000, least=2, parts=8, special=FTDI_SPECIAL)
FT231X = Bridge(name="FT231X", base_hz=3_000_000, least=2, parts=8, special=FTDI_SPECIAL)
CH340 = Bridge(name="CH340", base_hz=12_000_000, least=6)
BRIDGES = {
    **dict.fromkeys(("ecp55gevn", "ecpix545", "ecpix585", "ice40hx8kbevn", "icebreaker", "icestick", "nandlandgo",
                     "versaecp5", "versaecp55g"), FT2232H),
    **dict.fromkeys(("ulx3s-12f", "ulx3s-25f", "ulx3s-45f", "ulx3s-85f"), FT231X),
    **dict.fromkeys(("blackice", "blackiceii"), CH340)}
"""By the name of the board; of others it is not known, or there is none."""


def highest(board: str, clock_hz: float) -> int:
    """The highest of `RATES` that a board's bridge makes and a clock gives; `BAUD` at most where no bridge is known.

    Raises
    ------
    ValueError
        The clock is too slow for any.
    """
    bridge = BRIDGES.get(board)
    made = (rate for rate in RATES if (bridge.makes(rate) if bridge else rate <= BAUD))
    found = next((rate for rate in made if rate * MIN_CYCLES <= clock_hz), None)
    if found is None:
        raise ValueError(f"clock must be at least {MIN_CYCLES * RATES[-1] / 1e6:g} MHz for {RATES[-1]:,} baud, not "
                         f"{clock_hz / 1e6:g} MHz; give a lower --baud")
    return found


def check(board: str, baud: int) -> int:
    """The rate, if the board's bridge makes it or is not known.

    Raises
    ------
    ValueError
        The bridge makes no rate that is near enough.
    """
    bridge = BRIDGES.get(board)
    if bridge and baud >= 1 and not bridge.makes(baud):
        raise ValueError(f"Baud rate must be one of the {bridge.name} of {board}, not {baud}; "
                         f"{round(bridge.nearest(baud))} is the nearest")
    return baud
