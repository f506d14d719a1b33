"""``binspike noise``: accuracy of a network when its input is disturbed."""

import json
from argparse import Namespace
from pathlib import Path

from quant.check import integer
from quant.files import artefact, scratch, zoo

from .arguments import SAMPLED, Parser, shared
from .command import table
from .report import check_picture


def run(options: Namespace) -> None:
    """Measure, print and draw."""
    check_picture(options.picture)
    from tqdm import tqdm  # here, so that the verb's help does not wait for NumPy

    from reports import noise as noises
    from reports import tables
    from reports.figures import plain
    from sim.data import labelled

    sources = {name: artefact.load(zoo.path(name)) for name in dict.fromkeys(options.network)}
    first = next(iter(sources.values()))
    words, images, labels = labelled(first, options.data)
    for name, source in sources.items():
        known, own = first.provenance.data_set, source.provenance.data_set
        if own != known:
            raise ValueError(f"networks must be measured on the same data set, {known}; {name} is on {own or 'none'}")
    count = integer("images", len(images) if options.images is None else options.images, 1, len(images))
    total = count * sum(1 + len(list(noises.levels(source.network))) for source in sources.values())
    with tqdm(total=total, unit=" images", disable=None, leave=False) as bar:
        found = {name: noises.noise(source.network, images[:count], labels[:count], seed=options.seed,
                                    progress=bar.update) for name, source in sources.items()}
    if options.picture:
        from reports.canvas import png
        from reports.pictures import noise as curves

        scratch.write(options.picture, png(curves, found))
    if options.json:
        print(json.dumps([{"network": name, "network_sha256": sources[name].digest, "data": words, **plain(each)}
                          for name, each in found.items()], indent=2))
    else:
        print(table([*(("network", f"{name} ({source.digest[:16]})") for name, source in sources.items()),
                     ("images", f"{count:,} of {words}"), ("seed", str(options.seed))]))
        print(f"\n{table(tables.noise(found))}")


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike noise", description="Classify test images by the golden model under noise of five kinds "
                                                  "at stated levels; docs/report.md defines them.")
    shared(parser, "--network", required=True, nargs="+", help="names of shipped networks (binspike zoo), or files; "
                                                               "several are compared")
    shared(parser, "--data", help=SAMPLED)
    parser.add_argument("--images", type=int, help="the first IMAGES of the test set only")
    parser.add_argument("--seed", type=int, default=1, help="of the noise (%(default)s)")
    parser.add_argument("--picture", type=Path, help="also draw it, into this PNG file")
    shared(parser, "--json")
    return parser
