"""PLL of a device family: the frequencies that it makes of an oscillator's, by its dividers, and the domain at one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from amaranth.build import Platform
from amaranth.hdl import ClockDomain, ClockSignal, Instance, Module, Signal, Value
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.io import Buffer, PortLike

Range = tuple[float, float]  # lowest and highest frequency in Hz, both included


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Dividers of a PLL, and the frequencies that follow from them.

    Parameters
    ----------
    oscillator_hz : Fraction
        Frequency at the PLL's input.
    reference, feedback, output : int
        Dividers of the input, of the VCO's frequency on its way back, and of the VCO's frequency on its way out.
    """

    oscillator_hz: Fraction
    reference: int
    feedback: int
    output: int

    @property
    def dividers(self) -> dict[str, int]:
        """The dividers by name."""
        return {"reference": self.reference, "feedback": self.feedback, "output": self.output}

    @property
    def pfd_hz(self) -> Fraction:
        """Frequency at the phase detector."""
        return self.oscillator_hz / self.reference

    @property
    def vco_hz(self) -> Fraction:
        """Frequency of the voltage-controlled oscillator."""
        return self.pfd_hz * self.feedback

    @property
    def hz(self) -> Fraction:
        """Frequency at the output."""
        return self.vco_hz / self.output


Drive = Callable[[Module, Setting, PortLike, Value, Value, bool], None]


def reset_by_lock(cell: Callable[[Setting, Value, Value, Value], Instance]) -> Drive:
    """A `Pll.drive` of a PLL that any pin may drive, and whose domain has a reset of its own.

    Parameters
    ----------
    cell : callable
        Given a setting, the oscillator, and the signals that shall be output and lock: the PLL.
    """
    def drive(m: Module, setting: Setting, port: PortLike, output: Value, reset: Value, pad: bool) -> None:
        lock = Signal()
        m.submodules.oscillator = oscillator = Buffer("i", port)
        m.submodules.pll = cell(setting, oscillator.i, output, lock)
        m.domains.sync = ClockDomain()
        m.d.comb += ClockSignal("sync").eq(output)
        m.submodules.lock_reset = ResetSynchronizer(~lock | reset, domain="sync")

    return drive


@dataclass(frozen=True, kw_only=True, eq=False)
class Pll:
    """A kind of PLL; two of them are equal only if they are the same object.

    Parameters
    ----------
    input_hz, pfd_hz, vco_hz, output_hz : (float, float)
        Limits of the data sheet at input, phase detector, VCO and output.
    references, feedbacks, outputs : range or tuple of int
        Values of the dividers.
    drive : callable
        Given a module, setting, the oscillator's port, the signal that shall be the PLL's output, a reset, and whether
        the port is the PLL's own: adds the PLL to the module, and the domain ``sync`` at its output, which is in reset
        until the PLL has locked, and while the reset is 1.
    pads : dict of str to dict of str to tuple of str, optional
        Parts that have such a PLL, for each the packages in which it can be used, and for these the pins that are the
        PLL's own. Without: all parts in all packages, and pins do not matter.
    """

    input_hz: Range
    pfd_hz: Range
    vco_hz: Range
    output_hz: Range
    references: range | tuple[int, ...]
    feedbacks: range | tuple[int, ...]
    outputs: range | tuple[int, ...]
    drive: Drive
    pads: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None

    @lru_cache(maxsize=8)  # noqa: B019 - there are as many as families
    def settings(self, oscillator_hz: Fraction) -> tuple[Setting, ...]:
        """All settings within the limits, by `preference`; more than one may give the same frequency."""
        if not _within(oscillator_hz, self.input_hz):
            return ()
        found = [setting for reference in self.references if _within(oscillator_hz / reference, self.pfd_hz)
                 for feedback in self.feedbacks if _within(oscillator_hz / reference * feedback, self.vco_hz)
                 for setting in self._outputs(oscillator_hz, reference, feedback)]
        return tuple(sorted(found, key=self.preference))

    def _outputs(self, oscillator_hz: Fraction, reference: int, feedback: int) -> Iterator[Setting]:
        vco_hz = oscillator_hz / reference * feedback
        lowest, highest = self.output_hz
        for output in self.outputs:
            if output * lowest <= vco_hz <= output * highest:
                yield Setting(oscillator_hz=oscillator_hz, reference=reference, feedback=feedback, output=output)

    def preference(self, setting: Setting) -> tuple[float, int, float]:
        """Key: the highest frequency comes last, of equals the fastest phase detector, then the middle of the VCO.

        Floats tell all frequencies of an oscillator apart, and give equals for equal ones: dividers are small.
        """
        ratio = setting.feedback / (setting.reference * setting.output)
        off = float(setting.oscillator_hz) * setting.feedback / setting.reference - sum(self.vco_hz) / 2
        return ratio, -setting.reference, -abs(off)

    def serves(self, platform: Platform | type[Platform]) -> bool:
        """True if a board's part has the PLL in its package."""
        return self.pads is None or platform.package in self.pads.get(platform.device, {})

    def at_pad(self, platform: Any) -> bool:
        """True if a board's oscillator comes in at a pin of the PLL's own."""
        if self.pads is None:
            return False
        return platform.lookup(platform.default_clk).ios[0].names[0] in self.pads[platform.device][platform.package]


def _within(hz: Fraction, limits: Range) -> bool:
    lowest, highest = limits
    return lowest <= hz <= highest
