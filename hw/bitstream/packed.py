"""Area of a design that is synthesised and packed, but not placed, so that it may be larger than any device."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ..families import Family
from ..families.fabric import Size
from . import toolchain
from .flow import BuildError

PACKED, SCRIPT = "packed.json", "pack.ys"


def pack(rtlil: str, family: Family, folder: Path, options: str = "", *, checked: bool = True) -> Size:
    """Area of the module ``top``, by Yosys and nextpnr in an empty folder.

    Parameters
    ----------
    options : str
        Further options of the synthesis.
    checked : bool
        Whether a net without a driver is an error.

    Raises
    ------
    BuildError
        A tool failed, or a net has no driver.
    """
    (folder / "top.il").write_text(rtlil)
    command = family.synthesise("top", " ".join(filter(None, (family.without_pads, options))))
    (folder / SCRIPT).write_text("\n".join(filter(None, (
        "read_rtlil top.il", "delete t:$check t:$print", command, family.after_synthesis,
        "check -assert" if checked else "", "delete -port x:*" if family.without_pads else "", "write_json top.json"))))
    _run("yosys", ["-q", SCRIPT], folder)
    _run(family.place_and_route.name, [*family.largest, "--pack-only", "--json", "top.json", "--write", PACKED], folder)
    made, packed, sites = _cells(folder / "top.json"), _cells(folder / PACKED), family.sites
    cells = Counter(cell["type"] for cell in made)
    used = Counter(sites.of(cell["type"]) for cell in packed)
    return Size(luts=sites.luts(used) + (_bare(packed, family) if sites.fed_by_lut else 0),
                flip_flops=sum(count for cell, count in cells.items() if cell.startswith(sites.flip_flop_cells)),
                block_rams=sites.block_rams(used, cells))


def _run(tool: str, arguments: list[str], folder: Path) -> None:
    status, output = toolchain.run(tool, arguments, folder)
    if status:
        raise BuildError(f"{tool} ended with status {status}: {output.strip()[-400:]}")


def _cells(path: Path) -> list[dict[str, Any]]:
    modules = json.loads(path.read_text())["modules"]
    return list(modules["top"]["cells"].values())


def _bare(cells: list[dict[str, Any]], family: Family) -> int:
    """Flip-flops that no LUT of their own feeds."""
    sites, kind = family.sites, family.layout.flip_flop[0]
    fed = [cell["connections"]["D"][0] for cell in cells if sites.of(cell["type"]) == kind]
    luts = (cell for cell in cells if sites.in_place(sites.of(cell["type"])))
    driven = {net for cell in luts for port, nets in cell["connections"].items()
              if cell["port_directions"][port] == "output" for net in nets}
    return len(fed) - len(driven.intersection(fed))
