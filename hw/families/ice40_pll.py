"""SB_PLL40 of iCE40: limits of FPGA-DS-02029 and FPGA-DS-02008, cells of FPGA-TN-02052 (TN1251)."""

from math import ceil

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, ResetSignal, Signal, Value
from amaranth.lib import io
from amaranth.lib.cdc import ResetSynchronizer

from .pll import Pll, Setting

HOLD_SECONDS = 15e-6  # block RAM reads as zeros for about 3 us after configuration; Amaranth's own margin
FILTERS = (17e6, 26e6, 44e6, 66e6, 101e6)  # each range of the loop filter ends below such a phase detector frequency
X1K = {"CM81": ("H4",), "CM121": ("J5",), "CB121": ("L9",), "CB132": ("P7",), "TQ144": ("49",)}
X8K = {"CM81": ("G4",), "CM121": ("L5", "B6"), "BG121": ("L5", "B6"), "CM225": ("N7", "D8"), "CB132": ("P7", "A6"),
       "TQ144": ("49", "129"), "CT256": ("R9", "F7")}
U4K, UP5K = {"SG48": ("35",)}, {"SG48": ("35",), "UWG30": ("B3",)}


def cell(setting: Setting, oscillator: Value, output: Value, lock: Value, pad: bool) -> Instance:
    """The PLL; its output is on a global network."""
    filter_range = 1 + sum(setting.pfd_hz >= end for end in FILTERS)
    source = {"i_PACKAGEPIN" if pad else "i_REFERENCECLK": oscillator}
    return Instance("SB_PLL40_PAD" if pad else "SB_PLL40_CORE", p_FEEDBACK_PATH="SIMPLE",
                    p_DIVR=Const(setting.reference - 1, 4), p_DIVF=Const(setting.feedback - 1, 7),
                    p_DIVQ=Const(setting.output.bit_length() - 1, 3), p_FILTER_RANGE=Const(filter_range, 3),
                    i_RESETB=Const(1), i_BYPASS=Const(0), o_PLLOUTGLOBAL=output, o_LOCK=lock, **source)


def drive(m: Module, setting: Setting, port: io.PortLike, output: Value, reset: Value, pad: bool) -> None:
    """As `Pll.drive`; the reset ends some time after the lock, when block RAM can be read."""
    oscillator = Signal()
    lock = Signal()
    if pad:  # the pin's way to the global network is the PLL's
        m.submodules.oscillator = Instance("SB_IO", p_PIN_TYPE=Const(1, 6), io_PACKAGE_PIN=port.io, o_D_IN_0=oscillator)
    else:
        m.submodules.oscillator = buffer = io.Buffer("i", port)
        m.d.comb += oscillator.eq(buffer.i)
    m.submodules.pll = cell(setting, oscillator, output, lock, pad)
    m.domains.locked = ClockDomain()
    m.domains.sync = ClockDomain()
    m.d.comb += [ClockSignal("locked").eq(output), ClockSignal("sync").eq(output)]
    m.submodules.lock_reset = ResetSynchronizer(~lock | reset, domain="locked")
    hold(m, ceil(HOLD_SECONDS * setting.hz))


def hold(m: Module, cycles: int) -> None:
    """Keep ``sync`` in reset until the domain ``locked`` has been out of it for so many cycles."""
    waited = Signal(range(cycles + 1))
    ready = Signal()
    with m.If(waited == cycles):
        m.d.locked += ready.eq(1)
    with m.Else():
        m.d.locked += waited.eq(waited + 1)
    m.d.comb += ResetSignal("sync").eq(~ready)


PLL = Pll(
    input_hz=(10e6, 133e6), pfd_hz=(10e6, 133e6), vco_hz=(533e6, 1066e6), output_hz=(16e6, 275e6),
    references=range(1, 17), feedbacks=range(1, 129), outputs=(2, 4, 8, 16, 32, 64), drive=drive,
    # LP384 has none, and of the others some packages lack the PLL's supply
    pads={"iCE40LP1K": X1K, "iCE40HX1K": X1K, "iCE40LP4K": X8K, "iCE40LP8K": X8K, "iCE40HX4K": X8K, "iCE40HX8K": X8K,
          "iCE5LP1K": U4K, "iCE5LP2K": U4K, "iCE5LP4K": U4K, "iCE40UP3K": UP5K, "iCE40UP5K": UP5K})
