"""``binspike bitstreams``, which is also ``make bitstreams``: the shipped bitstreams again, compared byte by byte."""

import sys
from argparse import Namespace
from functools import partial
from typing import Any

from .arguments import Parser, shared
from .command import show


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike bitstreams", description="Make the shipped bitstreams again and compare every byte.")
    shared(parser, "--network", help="of this one only, in place of all that are shipped")
    shared(parser, "--board", help="for this one only")
    parser.add_argument("--update", action="store_true", help="ship what is built, in place of comparing")
    shared(parser, "--json")
    return parser


def _row(record: dict[str, Any]) -> tuple[str, ...]:
    return (record["network"], record["board"], f"{record['luts']:,} LUTs", f"{record['fmax_mhz']:.1f} MHz",
            f"{record['images_per_second']:,.1f} images/s", record["bitstream_sha256"][:16], "as shipped")


def run(options: Namespace) -> None:
    """Make, compare and print.

    Raises
    ------
    Failure
        A bitstream differs from the shipped one.
    """
    from bitstreams import shipped
    from quant.check import member
    progress = partial(print, file=sys.stderr, flush=True)
    name = options.network and member("network", options.network, shipped.NETWORKS)
    boards = sorted({build.board for of, build in shipped.BUILDS if name in (None, of)})
    board = options.board and member("board", options.board, boards)
    records = []
    for job in (build.plan(of) for of, build in shipped.BUILDS if name in (None, of) and board in (None, build.board)):
        progress(f"{job.name} for {job.board}")
        records.append(shipped.remake(job, options.update, progress))
    show(records, map(_row, records), options.json)
