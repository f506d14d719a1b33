"""``binspike convert``: what phase, latency and rate neurons make of one network."""

import json
from argparse import Namespace
from pathlib import Path

from quant.check import integer
from quant.description.conversion import latencies
from quant.files import artefact, scratch, zoo

from .arguments import SAMPLED, Parser, shared
from .command import table
from .report import check_picture

TICKS = 255  # of rate neurons


def run(options: Namespace) -> None:
    """Measure, print and draw."""
    if options.latency:
        write(options.network, options.latency)
        return
    check_picture(options.picture)
    from tqdm import tqdm  # here, so that the verb's help does not wait for NumPy

    from reports.conversion import Row, compare
    from reports.figures import plain
    from reports.tables import share
    from sim.data import labelled

    source = artefact.load(zoo.path(options.network))
    words, images, labels = labelled(source, options.data)
    count = integer("images", len(images) if options.images is None else options.images, 1, len(images))
    with tqdm(total=count, unit=" images", disable=None, leave=False) as bar:
        found = compare(source.network, images[:count], labels[:count], ticks=options.ticks, progress=bar.update)
    if options.picture:
        from reports.canvas import png
        from reports.pictures import conversions

        scratch.write(options.picture, png(conversions, found))
    if options.json:
        print(json.dumps({"network_sha256": source.digest, "data": words, **plain(found)}, indent=2))
        return

    def reached(row: Row) -> str:
        return next((str(other.ticks) for other in found.rate if other.correct >= row.correct), f"> {options.ticks}")

    def line(name: str, row: Row) -> tuple[str, ...]:
        return (name, str(row.ticks), str(row.whole), share(row.correct, count),
                f"{(found.source - row.correct) / count:+.2%}", f"{row.spikes:,.1f}", f"{row.inactive:,.1f}",
                reached(row))

    print(table([("network", source.digest[:16]), ("images", f"{count:,} of {words}"),
                 ("source", share(found.source, count))]))
    shown = {2**power for power in range(10)} | {options.ticks}  # ticks of rate neurons that the table holds
    rows = [line("phase", row) for row in found.phase] + [line("rate", row) for row in found.rate if row.ticks in shown]
    header = ("neurons", "ticks", "of an image", "right", "drop", "spikes", "of inactive", "rate after")
    print("\n" + table([header, *rows]))


def write(network: str, path: Path) -> None:
    """Write a network of phase neurons with latency neurons, whose accuracy is the same."""
    source = artefact.load(zoo.path(network))
    digest = artefact.save(latencies(source.network), path, provenance=source.provenance)
    print(table([("network", source.digest[:16]), ("with latency neurons", digest[:16]), ("file", str(path))]))


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike convert", description="Accuracy and spikes of a network of phase neurons with 1 to 8 "
                                                    "binary digits, and of rate neurons in their place, against ticks.")
    shared(parser, "--network", required=True)
    shared(parser, "--data", help=SAMPLED)
    parser.add_argument("--images", type=int, help="the first IMAGES of the test set only")
    parser.add_argument("--ticks", type=int, default=TICKS, help="of rate neurons, which take most of the time "
                                                                 "(%(default)s)")
    parser.add_argument("--picture", type=Path, help="also draw it, into this PNG file")
    parser.add_argument("--latency", type=Path, metavar="FILE",
                        help="measure nothing; write the same network with latency neurons, one spike each")
    shared(parser, "--json")
    return parser
