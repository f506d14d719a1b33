"""Ports of a core's module in a netlist, as Yosys writes it, and what each is connected to in the design."""

import re
from dataclasses import dataclass

from hw.accelerator import Accelerator
from hw.emit import TOP
from tests.mutation.netlist import module


@dataclass(frozen=True)
class Port:
    """A port of a module in RTLIL, and what is connected to it in the design."""

    name: str
    width: int
    output: bool
    signal: str


def block(base: str, name: str) -> str:
    """The text of a module."""
    start = base.index(f"\nmodule \\{name}\n")
    return base[start:base.index("\nend\n", start) + 5]


def ports(base: str, name: str) -> list[Port]:
    """Ports of the core ``name``."""
    cell = re.search(rf"\n  cell \\{re.escape(module(name))} \\{name}\n(.*?)\n  end\n", block(base, TOP), re.S)
    assert cell
    signals = dict(re.findall(r"    connect (\S+) (.*)", cell[1]))
    found = []
    for line in block(base, module(name)).splitlines():
        if match := re.fullmatch(r"  wire(?: width (\d+))?(?: signed)? (input|output) \d+(?: signed)? (\S+)", line):
            found.append(Port(match[3], int(match[1] or 1), match[2] == "output", signals[match[3]]))
    return found


def roles(found: list[Port], core: Accelerator, name: str) -> dict[str, Port]:
    """Ports by what they do in the design; Amaranth may name a port by another signal of the core.

    ``clk``, ``rst``, ``i__payload``, ``i__valid``, ``i__ready``, ``o__valid``, ``o__ready``, and the parts of the
    output's payload, highest first: ``part0``, ``part1``.
    """
    names = [each.name for each in core.nodes]
    at = names.index(name)
    before = f"tap_{names[at - 1]}" if at else "i"
    known = {"clk": "clk", "rst": "rst",
             **{f"{before}__{part}": f"i__{part}" for part in ("payload", "valid", "ready")},
             **{f"{behind}__{part}": f"o__{part}" for behind in (f"tap_{name}", "o") for part in ("valid", "ready")}}
    role = {known[port.signal[1:]]: port for port in found if port.signal[1:] in known}
    parts = [port for port in found if port not in role.values()]
    assert len(role) == 7, found
    assert all(port.output for port in parts), found
    return role | {f"part{place}": port for place, port in enumerate(parts)}
