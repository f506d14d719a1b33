"""LUTs of an emitted core on families whose tools are the vendors': ``python -m benchmarks.vendors FOLDER TOP``.

Yosys synthesises for them; placement, and with it the clock, is the vendors' alone.
"""

import argparse
import json
import tempfile
from pathlib import Path

from hw.bitstream import toolchain
from hw.emission.projects import PROJECTS

KINDS = {"LUTs": ("LUT", "INV", "MISTRAL_ALUT", "MISTRAL_NOT", "EFX_LUT"),
         "adders": ("CARRY", "MISTRAL_ALUT_ARITH", "EFX_ADD"),
         "flip-flops": ("FD", "MISTRAL_FF", "EFX_FF"), "RAMs": ("RAMB", "URAM", "MISTRAL_M10K", "EFX_RAM"),
         "LUT RAMs": ("RAM32", "RAM64", "RAM128", "SRL", "MISTRAL_MLAB")}


def cells(source: Path, top: str, command: str) -> dict[str, int]:
    """Cells by their type, after one of Yosys' synthesis commands.

    Raises
    ------
    ToolchainError
        Yosys is missing or fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.v").write_bytes(source.read_bytes())
        script = f"read_verilog -DSYNTHESIS design.v\n{command} -top {top}\ntee -q -o stat.json stat -json -top {top}\n"
        (folder / "count.ys").write_text(script)
        status, said = toolchain.run("yosys", ["-q", "count.ys"], folder)
        if status:
            raise toolchain.ToolchainError(f"yosys failed with status {status}: {said.strip()[-500:]}")
        return json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]


def kinds(found: dict[str, int]) -> dict[str, int]:
    """Cells by what they are; buffers are left out."""
    counted = dict.fromkeys(KINDS, 0)
    for cell, number in found.items():
        fits = [(len(start), kind) for kind, starts in KINDS.items() for start in starts if cell.startswith(start)]
        if fits:
            counted[max(fits)[1]] += number
    return counted


def main() -> None:
    """Print a table, a row a command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vendors", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("top")
    options = parser.parse_args()
    for project in PROJECTS.values():
        for command in project.synthesis:
            found = cells(options.folder / f"{options.top}.v", options.top, command)
            print(command, json.dumps(kinds(found)), json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
