"""rPLL of Gowin GW1N and GW2A: cell of UG286, limits of DS117, DS821 and DS226.

The feedback is the output, so that the VCO runs at a multiple of it: the VCO's divider on its way back is that of the
feedback times that of the output.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from amaranth.hdl import Const, Instance, Value

from .pll import Pll, Setting, reset_by_lock

DIVIDERS, OUTPUTS = range(1, 65), (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)
FEEDBACKS = tuple(sorted({divider * output for divider in DIVIDERS for output in OUTPUTS}))
# those with other PLLs, and GW5A, have none here
PARTS = {"GW1N-1", "GW1NR-1", "GW1NZ-1", "GW1N-9", "GW1NR-9", "GW1N-9C", "GW1NR-9C", "GW2A-18", "GW2AR-18", "GW2A-18C",
         "GW2AR-18C"}


class Rpll(Pll):
    """An `hw.families.pll.Pll` whose feedback takes the output's divider too."""

    def _outputs(self, oscillator_hz: Fraction, reference: int, feedback: int) -> Iterator[Setting]:
        return (setting for setting in super()._outputs(oscillator_hz, reference, feedback)
                if feedback % setting.output == 0 and feedback // setting.output in DIVIDERS)

    def serves(self, platform: Any) -> bool:
        """True if a board's part has such a PLL."""
        return platform.device in PARTS


def cell(setting: Setting, oscillator: Value, output: Value, lock: Value) -> Instance:
    """The PLL."""
    steady = {f"i_{port}": Const(0, width) for port, width in (
        ("RESET", 1), ("RESET_P", 1), ("CLKFB", 1), ("FBDSEL", 6), ("IDSEL", 6), ("ODSEL", 6), ("PSDA", 4),
        ("DUTYDA", 4), ("FDLY", 4))}
    return Instance("rPLL", p_FCLKIN=f"{float(setting.oscillator_hz) / 1e6:g}", p_IDIV_SEL=setting.reference - 1,
                    p_FBDIV_SEL=setting.feedback // setting.output - 1, p_ODIV_SEL=setting.output,
                    p_DYN_IDIV_SEL="false", p_DYN_FBDIV_SEL="false", p_DYN_ODIV_SEL="false", p_CLKFB_SEL="internal",
                    i_CLKIN=oscillator, o_CLKOUT=output, o_LOCK=lock, **steady)


# The limits are those that every part of speed grade C6/I5, or of a faster one, holds
RPLL = Rpll(input_hz=(3e6, 400e6), pfd_hz=(3e6, 400e6), vco_hz=(500e6, 800e6), output_hz=(3.90625e6, 400e6),
            references=DIVIDERS, feedbacks=FEEDBACKS, outputs=OUTPUTS, drive=reset_by_lock(cell))
