# amaranth: UnusedElaboratable=no
from fractions import Fraction

import pytest
from amaranth.hdl import ClockDomain, Module, ResetSignal, Signal
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.sim import Simulator

from hw.families import ICE40
from hw.families.ice40_pll import cell, hold

OSCILLATOR = Fraction(12_000_000)


def made(setting, pad=True):
    return cell(setting, Signal(), Signal(), Signal(), pad)


def test_the_parameters_of_the_cell_give_the_frequency():
    for setting in ICE40.pll.settings(OSCILLATOR):
        given = {name: getattr(value, "value", value) for name, value in made(setting).parameters.items()}
        assert OSCILLATOR / (given["DIVR"] + 1) * (given["DIVF"] + 1) / 2 ** given["DIVQ"] == setting.hz
        assert given["FEEDBACK_PATH"] == "SIMPLE"


@pytest.mark.parametrize(("mhz", "filter_range"), [(12, 1), (16.9, 1), (17, 2), (25, 2), (26, 3), (48, 4), (100, 5),
                                                   (101, 6), (133, 6)])
def test_the_loop_filter_follows_the_phase_detector(mhz, filter_range):
    setting = next(one for one in ICE40.pll.settings(Fraction(str(mhz)) * 10**6) if one.reference == 1)
    assert made(setting).parameters["FILTER_RANGE"].value == filter_range


@pytest.mark.parametrize(("pad", "kind", "port"), [(True, "SB_PLL40_PAD", "PACKAGEPIN"),
                                                   (False, "SB_PLL40_CORE", "REFERENCECLK")])
def test_the_cell_depends_on_the_pin(pad, kind, port):
    found = made(ICE40.pll.settings(OSCILLATOR)[0], pad)
    assert (found.type, found.ports.keys() & {"PACKAGEPIN", "REFERENCECLK"}) == (kind, {port})


def test_the_reset_ends_long_after_the_lock_and_begins_when_it_is_lost():
    m = Module()
    lock, reset = Signal(), Signal()
    m.domains.locked = ClockDomain()
    m.domains.sync = ClockDomain()
    m.submodules.lock_reset = ResetSynchronizer(~lock, domain="locked")
    hold(m, 20)
    m.d.comb += reset.eq(ResetSignal("sync"))
    seen = []

    async def bench(ctx):
        for cycle in range(120):
            ctx.set(lock, 30 <= cycle < 80)
            await ctx.tick("locked")
            seen.append(ctx.get(reset))
    simulator = Simulator(m)
    simulator.add_clock(1e-6, domain="locked")
    simulator.add_clock(1e-6, domain="sync")
    simulator.add_testbench(bench)
    simulator.run()
    free = [cycle for cycle, held in enumerate(seen) if not held]
    assert 30 + 20 < free[0] < 30 + 26
    assert free == list(range(free[0], free[-1] + 1))
    assert free[-1] == 79
