"""``binspike build``, which is also ``python -m hw.build``: a network to a bitstream for a board."""

import sys
from argparse import Namespace
from functools import partial

from .arguments import Parser, design_parser, planned, shared
from .command import show


def parser() -> Parser:
    """The arguments."""
    parser = design_parser("binspike build", "Build the bitstream of a network for a board.")
    shared(parser, "--out", help="build folder; without: build/<board>/<network digest>")
    parser.add_argument("--seed", type=int, default=1, help="seed of placement (%(default)s)")
    parser.add_argument("--seeds", type=int, default=1, help="try so many placements side by side, with --seed and the "
                                                             "seeds that follow it, and keep the best (%(default)s)")
    parser.add_argument("--baud", type=int, help="baud rate of the UART; without: the highest that the board's USB "
                                                   "bridge makes and the clock gives")
    shared(parser, "--reload")
    shared(parser, "--resize")
    return parser


def run(options: Namespace) -> None:
    """Build and print the report."""
    from hw import build
    from hw.bitstream import folder, report
    from quant.dataflow import folding
    from quant.files import zoo

    job = planned(options, seed=options.seed, seeds=options.seeds, baud=options.baud, reload=options.reload,
                  resize=options.resize)
    out = folder.check(options.out or folder.default(job.board, job.source.digest))
    progress, expected = partial(print, file=sys.stderr, flush=True), job.expected
    progress(f"estimate for --fold \"{folding.text(job.folding)}\": {expected.cycles_per_image:,} cycles an image, "
             f"{job.clock_hz / expected.cycles_per_image:,.1f} images/s at {job.clock_hz / 1e6:g} MHz, "
             f"about {expected.luts:,} LUTs")
    if isinstance(options.clock, float):
        progress(f"clock: {job.clock_hz / 1e6:g} MHz, the highest up to {options.clock:g}; {job.clock.source}")
    if not job.vectors:
        progress(f"no test vectors at {zoo.vectors_path(options.network)}: the board will have no self-test; "
                 f"binspike vectors --network {options.network} writes them")
    record = build.build(job, out, progress)
    places = [("build folder", str(out)), ("report", str(out / build.PAGE))]
    show(record, [*report.rows(record), *places], options.json)
