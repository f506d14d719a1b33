"""The clock domain of a board's design."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, ResetSignal, Signal
from amaranth.lib import io
from amaranth.lib.cdc import ResetSynchronizer

from . import families
from .cores.streams.stream import counter


def domain(m, platform, clock):
    """The name of a domain at ``clock``, a `hw.clock.Clock` of the board; what it needs is added to the module ``m``.

    An undivided oscillator is the platform's own domain. All others are constrained to their frequency.
    """
    if clock.pll:
        return _through_pll(m, platform, clock)
    return "sync" if clock.divider == 1 else _divided(m, platform, clock)


def _divided(m, platform, clock):
    m.domains.divided = ClockDomain()
    divided = Signal(name="divided_clock", attrs={"keep": "true"})  # the name that the constraint needs
    at, _ = counter(m, "at", clock.divider, 1)
    m.d.sync += divided.eq(at < clock.divider // 2)
    m.d.comb += ClockSignal("divided").eq(divided)
    m.submodules.reset = ResetSynchronizer(ResetSignal("sync", allow_reset_less=True), domain="divided")
    platform.add_clock_constraint(divided, clock.hz)
    return "divided"


def _through_pll(m, platform, clock):
    """The domain ``sync`` itself: the oscillator drives nothing but the PLL, as it must where it has the PLL's pin."""
    port = platform.request(platform.default_clk, dir="-")
    output = Signal(name="pll_clock", attrs={"keep": "true"})
    pll = families.of(platform).pll
    pll.drive(m, clock.pll, port, output, _button(m, platform), pll.at_pad(platform))
    platform.add_clock_constraint(output, clock.hz)
    return "sync"


def _button(m, platform):
    """The board's reset button, if it has one."""
    if platform.default_rst is None:
        return Const(0)
    m.submodules.button = button = io.Buffer("i", platform.request(platform.default_rst, dir="-"))
    return button.i
