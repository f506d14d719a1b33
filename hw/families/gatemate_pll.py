"""CC_PLL of GateMate: nextpnr finds its dividers, within the limits that it holds of DS1001, for two frequencies.

The dividers here are those of a low-jitter setting with the VCO in the lower part of its range, where the first divider
on each way may be 1: with N and an even M, the VCO runs at 2 * N times the oscillator, and the output at a part of
4 * M of the VCO.
"""

from amaranth.hdl import Instance, Value

from .pll import Pll, Setting, reset_by_lock


def cell(setting: Setting, oscillator: Value, output: Value, lock: Value) -> Instance:
    """The PLL, in the mode of the core voltage 1.0 V."""
    return Instance("CC_PLL", p_REF_CLK=f"{float(setting.oscillator_hz) / 1e6}",
                    p_OUT_CLK=f"{float(setting.hz) / 1e6}",
                    p_PERF_MD="ECONOMY", p_LOW_JITTER=1, p_LOCK_REQ=1, p_CI_FILTER_CONST=2, p_CP_FILTER_CONST=4,
                    i_CLK_REF=oscillator, o_CLK0=output, o_USR_PLL_LOCKED=lock)


PLL = Pll(input_hz=(5e6, 50e6), pfd_hz=(5e6, 50e6), vco_hz=(1000.1e6, 1250e6), output_hz=(1e6, 312.5e6),
          references=(1,), feedbacks=range(2, 1025, 2), outputs=range(8, 4097, 8), drive=reset_by_lock(cell))
