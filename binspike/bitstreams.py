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
    shared(parser, "--network", help="this one only, in place of all that are shipped")
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
    from verify.builds import reference

    progress = partial(print, file=sys.stderr, flush=True)
    names = [member("network", options.network, shipped.NETWORKS)] if options.network else shipped.NETWORKS[::-1]
    records = []
    for job in map(reference, names):
        progress(f"{job.name} for {job.board}")
        records.append(shipped.remake(job, options.update, progress))
    show(records, map(_row, records), options.json)
