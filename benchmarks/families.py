"""One design on every family with open tools: ``python -m benchmarks.families [BOARD ...]``.

Each row is a whole build of mnist-up5k under one folding at the board's oscillator: LUTs before and after, what routing
reaches, and the images a second that this is. A build takes two to fifteen minutes. Not among the boards, unless it is
named, is that of GateMate (``gatematea1-evb``): nextpnr's router comes to no end with this design.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bitstreams.shipped import SMALL
from hw.bitstream.flow import BuildError, Progress
from hw.build import Job, build

NETWORK = "mnist-up5k"
BOARDS = ("icebreaker", "ulx3s-85f", "tangnano9k", "tangnano20k", "tangprimer25k", "crosslinknxevn")
HEAD = ("board", "family", "LUTs estimated", "LUTs", "flip-flops", "block RAMs", "MHz reached", "images/s there")
LINE = "{:16}{:10}{:>16}{:>8}{:>12}{:>12}{:>13}{:>16}"


def row(board: str, record: dict[str, Any], family: str) -> str:
    """A line of the table from the record of a build."""
    error = record["estimated_luts"] / record["luts"] - 1
    return LINE.format(board, family, f"{record['estimated_luts']:,} {error:+.1%}", f"{record['luts']:,}",
                       f"{record['flip_flops']:,}", record["block_rams"], f"{record['fmax_mhz']:.1f}",
                       f"{record['images_per_second_at_fmax']:,.1f}")


def measured(job: Job, progress: Progress) -> str:
    """Line of a board by a build, or what its tools said."""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            return row(job.board, build(job, Path(scratch) / "out", progress), job.family.name)
        except BuildError as error:
            return f"{job.board:16}{job.family.name:10}{error}"


def main() -> None:
    """Print the table, a line when its build has ended."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.families", description=__doc__)
    parser.add_argument("boards", nargs="*", default=BOARDS, metavar="BOARD")
    try:
        jobs = [Job.plan(NETWORK, board, fold=SMALL, clock="oscillator") for board in parser.parse_args().boards]
    except (TypeError, ValueError) as error:
        parser.error(str(error))
    print(LINE.format(*HEAD))
    for job in jobs:
        print(measured(job, lambda said, board=job.board: print(f"{board}: {said}", file=sys.stderr)), flush=True)


if __name__ == "__main__":
    main()
