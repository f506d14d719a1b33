"""One design on every family with open tools: ``python -m benchmarks.families [BOARD ...]``.

Each row is a whole build of mnist-up5k under one folding at the board's oscillator: LUTs before and after, what routing
reaches, and the images a second that this is. A build takes two to fifteen minutes.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from binspike.command import table
from bitstreams.shipped import SMALL
from hw.build import Job, build

NETWORK = "mnist-up5k"
BOARDS = ("icebreaker", "ulx3s-85f", "tangnano9k", "tangprimer25k", "crosslinknxevn", "gatematea1-evb")
HEAD = ("board", "family", "LUTs estimated", "LUTs", "flip-flops", "block RAMs", "MHz reached", "images/s there")


def row(board: str, record: dict[str, Any], family: str) -> tuple[str, ...]:
    """A line of the table from the record of a build."""
    error = record["estimated_luts"] / record["luts"] - 1
    return (board, family, f"{record['estimated_luts']:,} ({error:+.1%})", f"{record['luts']:,}",
            f"{record['flip_flops']:,}", str(record["block_rams"]), f"{record['fmax_mhz']:.1f}",
            f"{record['images_per_second_at_fmax']:,.1f}")


def rows(boards: Sequence[str]) -> list[tuple[str, ...]]:
    """Lines of the table, by a build each."""
    found = []
    for board in boards:
        job = Job.plan(NETWORK, board, fold=SMALL, clock="oscillator")
        with tempfile.TemporaryDirectory() as scratch:
            record = build(job, Path(scratch) / "out", lambda said, board=board: print(f"{board}: {said}", flush=True))
        found.append(row(board, record, job.family.name))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.families", description=__doc__)
    parser.add_argument("boards", nargs="*", default=BOARDS, metavar="BOARD")
    print(table([HEAD, *rows(parser.parse_args().boards)]))


if __name__ == "__main__":
    main()
