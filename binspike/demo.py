"""``binspike demo``, which is also ``make demo``: a shipped network becomes a bitstream and is proven."""

import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

from .arguments import Parser, shared
from .command import show


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike demo", description="Build the bitstream of a small shipped network and prove its Verilog "
                                                 "on its test vectors. Takes some minutes; needs no data sets.")
    shared(parser, "--json")
    return parser


def _rows(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("network", f"{record['network']}, {record['ticks']} ticks, folding {record['folding']}"),
        ("accuracy", f"{record['accuracy']:.2%} ({record['measured_on']})"),
        ("cycles an image", f"{record['cycles_predicted']:,} predicted, {record['cycles_simulated']:,} simulated"),
        ("LUTs", f"{record['luts']:,} of {record['luts_available']:,}"),
        ("flip-flops", f"{record['flip_flops']:,}"),
        ("block RAMs", f"{record['block_rams']:,} of {record['block_rams_available']:,}"),
        ("clock", f"{record['clock_mhz']:g} MHz, of {record['fmax_mhz']:.1f} MHz that routing reached"),
        ("images a second", f"{record['images_per_second']:,.1f}"),
        ("bitstream", str(Path(record["build"], record["bitstream"]))),
        ("report", str(Path(record["build"], "report.html")))]


def run(options: Namespace) -> None:
    """Build, prove and print."""
    from bitstreams import demo

    record = demo.run(partial(print, file=sys.stderr, flush=True))
    show(record, _rows(record), options.json)
