# amaranth: UnusedElaboratable=no
# (a design may be made for its ports alone)
"""Buses that a core can be behind: the table of their kinds, and what all have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.cdc import ResetSynchronizer

from quant.kinds import Kinds

from ..accelerator import Accelerator
from .registers import Registers

CORE = "core"


@dataclass(frozen=True, kw_only=True)
class Bus:
    """A kind of bus.

    Parameters
    ----------
    title : str
        As people call it.
    wrap : callable
        ``wrap(core, digest=..., domain=...)`` is the `BusAccelerator` of a core, whose clock domain is
        ``domain``: "sync", or `CORE`.
    beside : dict of str to callable
        Files beside the emitted Verilog: what is behind the design's name to ``text(manifest, description)``.
    """

    title: str
    wrap: Callable[..., "BusAccelerator"]
    beside: Mapping[str, Callable[[dict[str, Any], str], str]]


BUSES: Kinds[Bus] = Kinds("bus")


class BusAccelerator(wiring.Component):
    """A core behind a bus, with registers, and with ports for clocks and reset: a top module.

    Parameters
    ----------
    kind : str
        Of `BUSES`.
    clock, reset : str
        Names of the ports of the bus' clock and of its synchronous reset.
    active : int
        Level of ``reset`` in reset.
    domain : str
        Of the core: "sync", which is the bus', or `CORE`, whose clock is the port ``core_clk``; it is in reset with the
        bus, and two of its cycles longer.
    members : dict
        Of the bus.

    Attributes
    ----------
    core : Accelerator
    registers : Registers
    """

    core: Accelerator
    registers: Registers

    def __init__(self, kind: str, clock: str, reset: str, active: int, domain: str, members: dict[str, Any]) -> None:
        self.kind, self.clock, self.reset, self.active, self.domain = kind, clock, reset, active, domain
        clocks = {clock: wiring.In(1), reset: wiring.In(1)} | ({"core_clk": wiring.In(1)} if domain == CORE else {})
        super().__init__(clocks | members)

    def domains(self, m: Module) -> None:
        """Add the clock domains to the module."""
        m.domains += ClockDomain("sync")
        m.d.comb += [ClockSignal().eq(getattr(self, self.clock)),
                     ResetSignal().eq(getattr(self, self.reset) == self.active)]
        if self.domain == CORE:
            m.domains += ClockDomain(CORE)
            m.d.comb += ClockSignal(CORE).eq(self.core_clk)
            m.submodules.core_reset = ResetSynchronizer(ResetSignal(), domain=CORE)


def wrap(kind: str, core: Accelerator, digest: str, *, crossing: bool = False) -> BusAccelerator:
    """The core of a network behind a bus.

    Parameters
    ----------
    kind : str
        Of `BUSES`.
    core : Accelerator
    digest : str
        SHA-256 of the network, in hexadecimal.
    crossing : bool
        The core has a clock of its own.

    Raises
    ------
    TypeError
        There is no such bus.
    ValueError
        A result does not fit its words.
    """
    return BUSES[kind].wrap(core, digest=digest, domain=CORE if crossing else "sync")
