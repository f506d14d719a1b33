"""The boards: every iCE40 and ECP5 platform of amaranth-boards, by its name."""

import difflib
import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any

import amaranth_boards
from amaranth.build import Platform
from amaranth.vendor import LatticePlatform, SiliconBluePlatform

SUFFIX = "platform"
UNUSABLE = {"supercon19badge": "its definition in amaranth-boards passes every build option twice"}


@dataclass(frozen=True)
class Capacity:
    """What a device holds: logic cells with one 4-input LUT each, and block RAMs (4 kbit on iCE40, 18 kbit on ECP5).

    Only foldings are chosen by it; what a report states as available comes from nextpnr.
    """

    luts: int
    block_rams: int


CAPACITIES = {  # by a part of the device's name; nextpnr's totals, which a slow test compares
    "LP384": Capacity(384, 0), "P1K": Capacity(1280, 16), "X1K": Capacity(1280, 16), "5LP": Capacity(3520, 20),
    "4K": Capacity(7680, 32), "8K": Capacity(7680, 32), "UP": Capacity(5280, 30), "-12F": Capacity(24288, 56),
    "-25F": Capacity(24288, 56), "-45F": Capacity(43848, 108), "-85F": Capacity(83640, 208)}


def name_of(platform: type[Platform]) -> str:
    """The name under which a board is listed: that of its class without "Platform", in lower case with hyphens."""
    return platform.__name__.lower().replace(SUFFIX, "").strip("_").replace("_", "-")


def _key(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").removesuffix(SUFFIX)


@cache
def registry() -> dict[str, type[Platform]]:
    """All iCE40 and ECP5 boards by name, sorted; this imports every module of amaranth-boards."""
    modules = [importlib.import_module(f"{amaranth_boards.__name__}.{found.name}")
               for found in pkgutil.iter_modules(amaranth_boards.__path__) if not found.ispkg]
    classes = {kind for module in modules for kind in vars(module).values()
               if isinstance(kind, type) and issubclass(kind, (LatticePlatform, SiliconBluePlatform))
               and isinstance(kind.device, str) and kind.device.startswith(("iCE", "LFE5U"))}
    return {name_of(kind): kind for kind in sorted(classes, key=name_of)}


def lookup(name: str) -> type[Platform]:
    """The class of a board; case, hyphens, underscores and an ending "Platform" do not matter.

    Raises
    ------
    ValueError
        There is no such board; the message names those that are spelled nearly so, or all.
    """
    listed = {_key(known): known for known in registry()}
    key = _key(name)
    if key not in listed:
        near = difflib.get_close_matches(key, listed, n=3)
        near += [other for other in listed if key and other.startswith(key)]
        near = [listed[other] for other in dict.fromkeys(near or listed)]
        raise ValueError(f"board must be one of {', '.join(near)}, not {name!r}")
    return registry()[listed[key]]


def board(name: str) -> Any:
    """A fresh platform object, good for one build, with the LEDs of its break-off part where it has one.

    Raises
    ------
    ValueError
        There is no such board, or it has no clock or no UART in amaranth-boards.
    """
    kind = lookup(name)
    name = name_of(kind)
    if name in UNUSABLE:
        raise ValueError(f"board {name} cannot be built for: {UNUSABLE[name]}")
    platform = kind()
    if platform.default_clk is None:
        raise ValueError(f"board must have a default clock in amaranth-boards, which {name} has not")
    if ("uart", 0) not in platform.resources:
        raise ValueError(f"board must have a UART in amaranth-boards, which {name} has not")
    platform.add_resources(getattr(platform, "break_off_pmod", ()))
    return platform


def family(platform: Platform | type[Platform]) -> str:
    """``ice40`` or ``ecp5``."""
    return "ice40" if platform.device.startswith("iCE") else "ecp5"


def capacity(platform: Platform | type[Platform]) -> Capacity:
    """What the board's device holds."""
    return next(held for part, held in CAPACITIES.items() if part in platform.device)
