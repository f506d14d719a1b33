"""Plant every fault and print the outcome of each; exit status 1 if one survives."""

import argparse
import json
import os
import sys
from pathlib import Path

from binspike.command import table
from tests.mutation.patches import PATCHES
from tests.mutation.report import Row, summary
from tests.mutation.run import plant_patches, plant_tool_made
from tests.mutation.source import ROOT
from tests.mutation.subjects import SUBJECTS

FOLDER = ROOT / "build" / "mutants"
CACHE = ROOT / ".cache" / "verilator"
HEADINGS = ("fault", "where", "what", "outcome", "by", "seconds")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a processor)")
    parser.add_argument("--count", type=int, default=16, help="tool-made faults in each core (default: %(default)s)")
    parser.add_argument("--only", metavar="PART", help="subjects and files whose name has this in it")
    parser.add_argument("--out", type=Path, help="also write the table as JSON")
    options = parser.parse_args(arguments)
    wanted = options.only or ""
    patches = [patch for patch in PATCHES if wanted in patch.file]
    for patch in PATCHES:
        patch.text()
    rows: list[Row] = []
    for subject in SUBJECTS.values():
        if wanted in subject.name:
            rows += plant_tool_made(subject, options.count, FOLDER / subject.name, CACHE, options.jobs)
    if patches:
        rows += plant_patches(patches, FOLDER / "trees", options.jobs)
    print(table([HEADINGS, *(row.cells for row in rows)]))
    print(summary(rows))
    if options.out:
        options.out.write_text(json.dumps([vars(row) for row in rows], indent=1) + "\n")
    return int(any(row.survives for row in rows))


if __name__ == "__main__":
    sys.exit(main())
