"""EHXPLLL of ECP5: limits of FPGA-DS-02012, cell of FPGA-TN-02200.

CLKOP is the feedback, so that its divider is that of the VCO's frequency on its way back; the design runs at CLKOS.
"""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, Signal, Value
from amaranth.lib import io

from .pll import Pll, Setting


def cell(setting: Setting, oscillator: Value, output: Value, lock: Value) -> Instance:
    """The PLL; the attributes are those of its loop filter, as Lattice's tools choose them for most settings."""
    feedback = Signal(name="pll_feedback")
    steady = {f"i_{port}": Const(0) for port in ("RST", "STDBY", "PLLWAKESYNC", "PHASESEL0", "PHASESEL1", "ENCLKOP",
                                                 "ENCLKOS")}
    steady |= {f"i_{port}": Const(1) for port in ("PHASEDIR", "PHASESTEP", "PHASELOADREG")}
    return Instance(
        "EHXPLLL", a_ICP_CURRENT="12", a_LPF_RESISTOR="8", a_MFG_ENABLE_FILTEROPAMP="1", a_MFG_GMCREF_SEL="2",
        p_FEEDBK_PATH="CLKOP", p_CLKI_DIV=setting.reference, p_CLKFB_DIV=1,
        p_CLKOP_ENABLE="ENABLED", p_CLKOP_DIV=setting.feedback, p_CLKOP_CPHASE=setting.feedback - 1, p_CLKOP_FPHASE=0,
        p_CLKOS_ENABLE="ENABLED", p_CLKOS_DIV=setting.output, p_CLKOS_CPHASE=setting.output - 1, p_CLKOS_FPHASE=0,
        p_OUTDIVIDER_MUXA="DIVA", p_OUTDIVIDER_MUXB="DIVB", p_OUTDIVIDER_MUXC="DIVC", p_OUTDIVIDER_MUXD="DIVD",
        p_PLLRST_ENA="DISABLED", p_INTFB_WAKE="DISABLED", p_STDBY_ENABLE="DISABLED", p_DPHASE_SOURCE="DISABLED",
        i_CLKI=oscillator, i_CLKFB=feedback, o_CLKOP=feedback, o_CLKOS=output, o_LOCK=lock, **steady)


def drive(m: Module, setting: Setting, port: io.PortLike, output: Value, reset: Value, pad: bool) -> None:
    """As `Pll.drive`; the reset is the device's global one, as Amaranth has it for an oscillator."""
    lock = Signal()
    m.submodules.oscillator = oscillator = io.Buffer("i", port)
    m.submodules.pll = cell(setting, oscillator.i, output, lock)
    m.domains.sync = ClockDomain(reset_less=True)
    m.d.comb += ClockSignal("sync").eq(output)
    begun = Signal()
    ready = Signal()
    m.submodules.begun = Instance("FD1S3AX", p_GSR="DISABLED", i_CK=output, i_D=lock & ~reset, o_Q=begun)
    m.submodules.ready = Instance("FD1S3AX", p_GSR="DISABLED", i_CK=output, i_D=begun, o_Q=ready)
    m.submodules.reset = Instance("SGSR", i_CLK=output, i_GSR=ready)


PLL = Pll(input_hz=(8e6, 400e6), pfd_hz=(10e6, 400e6), vco_hz=(400e6, 800e6), output_hz=(3.125e6, 400e6),
          references=range(1, 129), feedbacks=range(1, 129), outputs=range(1, 129), drive=drive)
