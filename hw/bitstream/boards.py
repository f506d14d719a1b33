"""The boards: every platform of amaranth-boards whose device is of a known family, by its name."""

import difflib
import importlib
import pkgutil
from functools import cache
from typing import Any

import amaranth_boards
from amaranth.build import Platform

from .. import families
from ..families import Capacity

SUFFIX = "platform"
UNUSABLE = {"supercon19badge": "its definition in amaranth-boards passes every build option twice"}


def name_of(platform: type[Platform]) -> str:
    """The name under which a board is listed: that of its class without "Platform", in lower case with hyphens."""
    return platform.__name__.lower().replace(SUFFIX, "").strip("_").replace("_", "-")


def _key(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").removesuffix(SUFFIX)


@cache
def _platforms() -> set[type[Platform]]:
    """Every platform class in the modules of amaranth-boards."""
    modules = [importlib.import_module(f"{amaranth_boards.__name__}.{found.name}")
               for found in pkgutil.iter_modules(amaranth_boards.__path__) if not found.ispkg]
    return {kind for module in modules for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, Platform)}


def registry() -> dict[str, type[Platform]]:
    """All boards of the known families by name, sorted; the first call imports every module of amaranth-boards."""
    found = {kind for family in families.FAMILIES.values() for kind in _platforms()
             if issubclass(kind, family.platform) and getattr(kind, "device", None) in family.parts}
    return {name_of(kind): kind for kind in sorted(found, key=name_of)}


def lookup(name: str) -> type[Platform]:
    """The class of a board; case, hyphens, underscores and an ending "Platform" do not matter.

    Raises
    ------
    ValueError
        There is no such board, and the message names those that are spelled nearly so, or all; or its device is of no
        known family.
    """
    listed = {_key(known): known for known in registry()}
    key = _key(name)
    if key not in listed:
        if devices := _foreign(key):
            raise ValueError(f"board {name} cannot be built for: no known family, "
                             f"{' or '.join(families.FAMILIES)}, has {' or '.join(devices)}")
        near = difflib.get_close_matches(key, listed, n=3)
        near += [other for other in listed if key and other.startswith(key)]
        near = [listed[other] for other in dict.fromkeys(near or listed)]
        raise ValueError(f"board must be one of {', '.join(near)}, not {name!r}")
    return registry()[listed[key]]


def _foreign(key: str) -> list[str]:
    """Devices of the boards of no known family whose name is the key, or begins with it if it is long enough."""
    known = set(registry().values())
    return sorted({kind.device for kind in _platforms() - known if isinstance(getattr(kind, "device", None), str)
                   and (_key(name_of(kind)) == key or len(key) > 3 and _key(name_of(kind)).startswith(key))})


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


def capacity(platform: Platform | type[Platform]) -> Capacity:
    """Capacity of a board's device."""
    return families.of(platform).parts[platform.device]
