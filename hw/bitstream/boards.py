"""The boards: every platform of amaranth-boards and `hw.boards` of a known family by its name, and a user's own."""

import difflib
import importlib
import pkgutil
from functools import cache
from typing import Any

import amaranth_boards
from amaranth.build import Platform, ResourceError

from quant.loading import load, said

from .. import boards, families
from ..families import Capacity

SUFFIX = "platform"
UNUSABLE = {"supercon19badge": "its definition in amaranth-boards passes every build option twice"}


def _listed(platform: type[Platform]) -> str:
    """The name under which a board is listed: that of its class without "Platform", in lower case with hyphens."""
    return platform.__name__.lower().replace(SUFFIX, "").strip("_").replace("_", "-")


def name_of(platform: type[Platform]) -> str:
    """The name by which `lookup` finds a board: that of the list, or module and class."""
    name = _listed(platform)
    return name if registry().get(name) is platform else f"{platform.__module__}:{platform.__qualname__}"


def _key(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").removesuffix(SUFFIX)


@cache
def _platforms() -> set[type[Platform]]:
    """Every platform class in the modules of amaranth-boards, and of `hw.boards`."""
    modules = [importlib.import_module(f"{package.__name__}.{found.name}") for package in (amaranth_boards, boards)
               for found in pkgutil.iter_modules(package.__path__) if not found.ispkg]
    return {kind for module in modules for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, Platform)}


def registry() -> dict[str, type[Platform]]:
    """All boards of the known families by name, sorted; the first call imports every module of amaranth-boards."""
    found = filter(None, map(_buildable, _platforms()))
    return {_listed(kind): kind for kind in sorted(found, key=_listed)}


def _buildable(platform: type[Platform]) -> type[Platform] | None:
    """The class of a board that the tools of its family can build for; None if no family has its part."""
    for family in families.FAMILIES.values():
        if issubclass(platform, family.platform):
            kind = family.board(platform)
            if getattr(kind, "device", None) in family.parts:
                return kind
    return None


def lookup(name: str) -> type[Platform]:
    """The class of a board.

    Parameters
    ----------
    name : str
        Of the list, where case, hyphens, underscores and an ending "Platform" do not matter; or
        ``package.module:Class``, derived from Amaranth's platform of its device as boards of amaranth-boards are.

    Raises
    ------
    ValueError
        There is no such board, and the message names those that are spelled nearly so, or all; or its device is of no
        known family.
    """
    if ":" in name:
        return _own(name)
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


def _own(name: str) -> type[Platform]:
    """The class ``package.module:Class``, of a module that is installed or in the current folder."""
    module, _, kind = name.partition(":")
    try:
        platform = load(module, kind)
    except (Exception, SystemExit) as error:
        raise ValueError(f"board {name} must be a class of a module: {said(error)}") from error
    if not (isinstance(platform, type) and issubclass(platform, Platform)):
        raise ValueError(f"board {name} must be a platform class of Amaranth, not {platform!r:.60}")
    if found := _buildable(platform):
        return found
    device = getattr(platform, "device", getattr(platform, "family", None))
    raise ValueError(f"board {name} cannot be built for: no known family, {' or '.join(families.FAMILIES)}, has its "
                     f"device {device!r:.60}")


def _foreign(key: str) -> list[str]:
    """Devices of the boards of no known family whose name is the key, or begins with it if it is long enough."""
    known = set(registry().values())
    return sorted({kind.device for kind in _platforms() - known if isinstance(getattr(kind, "device", None), str)
                   and (_key(_listed(kind)) == key or len(key) > 3 and _key(_listed(kind)).startswith(key))})


def board(name: str) -> Any:
    """A fresh platform object, good for one build, with the LEDs of its break-off part where it has one.

    Raises
    ------
    ValueError
        There is no such board, or it has no clock or no UART.
    """
    kind = lookup(name)
    name = name_of(kind)
    if name in UNUSABLE:
        raise ValueError(f"board {name} cannot be built for: {UNUSABLE[name]}")
    platform = _made(kind, name)
    if not _clocked(platform):
        raise ValueError(f"board must have a default clock, which {name} has not")
    if ("uart", 0) not in platform.resources:
        raise ValueError(f"board must have a UART, which {name} has not")
    platform.add_resources(getattr(platform, "break_off_pmod", ()))
    return platform


def _made(kind: type[Platform], name: str) -> Any:
    try:
        return kind()
    except Exception as error:  # whatever the user's class raises
        raise ValueError(f"board {name} cannot be used: {said(error)}") from error


def _clocked(platform: Any) -> bool:
    try:
        return bool(platform.default_clk_frequency)
    except (AttributeError, ResourceError):
        return False


def capacity(platform: Platform | type[Platform]) -> Capacity:
    """Capacity of a board's device."""
    return families.of(platform).parts[platform.device]
