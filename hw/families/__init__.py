"""Device families, each in a file of its own, and the registry by which all else finds them."""

from amaranth.build import Platform

from quant.check import member

from .ecp5 import ECP5
from .family import Capacity, Family, Speed, Tool
from .gatemate import GATEMATE
from .gowin import ARORA, ARORA_V, GOWIN
from .ice40 import ICE40
from .nexus import NEXUS

__all__ = ["ARORA", "ARORA_V", "ECP5", "FAMILIES", "GATEMATE", "GOWIN", "ICE40", "NEXUS", "Capacity", "Family", "Speed",
           "Tool", "lookup", "of", "register", "tool", "tools"]

FAMILIES: dict[str, Family] = {}


def register(family: Family) -> None:
    """Add a family.

    Raises
    ------
    ValueError
        There is one of its name, or one has a part of the same name.
    """
    if family.name in FAMILIES:
        raise ValueError(f"family must have a name of its own, not {family.name!r}")
    for other in FAMILIES.values():
        if common := sorted(family.parts.keys() & other.parts.keys()):
            raise ValueError(f"family {family.name} must have parts of its own, not {common[0]} of {other.name}")
    FAMILIES[family.name] = family


def lookup(name: str) -> Family:
    """The family of a name.

    Raises
    ------
    ValueError
        There is none; the message lists all.
    """
    return FAMILIES[member("family", name, tuple(FAMILIES))]


def of(platform: Platform | type[Platform]) -> Family:
    """The family of a board, by the name of its part.

    Raises
    ------
    ValueError
        No family has such a part; the message names the part and the families.
    """
    device = getattr(platform, "device", None)
    for family in FAMILIES.values():
        if device in family.parts:
            return family
    raise ValueError(f"device must be a part of a known family, {' or '.join(FAMILIES)}, not {device!r}")


def tools() -> dict[str, Tool]:
    """The tools of all families, by name."""
    return {tool.name: tool for family in FAMILIES.values() for tool in family.tools}


def tool(name: str) -> Tool:
    """The tool of a name.

    Raises
    ------
    ValueError
        No family has such a tool; the message lists all.
    """
    return tools()[member("tool", name, tuple(tools()))]


for _family in (ICE40, ECP5, GOWIN, ARORA, ARORA_V, NEXUS, GATEMATE):
    register(_family)
