"""``binspike noise``: accuracy of a network when its input is disturbed."""

import json
from argparse import Namespace
from pathlib import Path

from hw.command import Parser, guard, table
from quant import artefact, zoo
from quant.check import integer


def noise(options: Namespace) -> None:
    """Measure and print."""
    from tqdm import tqdm  # here, so that the verb's help does not wait for NumPy

    from reports import noise as noises
    from reports import tables
    from reports.figures import plain
    from sim.data import labelled

    source = artefact.load(zoo.path(options.network))
    words, images, labels = labelled(source, options.data)
    count = integer("images", len(images) if options.images is None else options.images, 1, len(images))
    total = count * (1 + len(list(noises.levels(source.network))))
    with tqdm(total=total, unit=" images", disable=None, leave=False) as bar:
        found = noises.noise(source.network, images[:count], labels[:count], seed=options.seed, progress=bar.update)
    if options.json:
        print(json.dumps({"network_sha256": source.digest, "data": words, **plain(found)}, indent=2))
    else:
        print(table([("network", source.digest[:16]), ("images", f"{count:,} of {words}"), ("seed", str(found.seed))]))
        print(f"\n{table(tables.noise(found))}")


def _run(arguments: list[str]) -> None:
    parser = Parser("binspike noise", description="Classify test images by the golden model under noise of five kinds "
                                                  "at stated levels; docs/report.md defines them.")
    parser.add_argument("--network", required=True, help="a shipped network's name (binspike zoo), or a file")
    parser.add_argument("--data", type=Path, help="folder of the data sets (or BINSPIKE_DATA); without: the shipped "
                                                  "samples")
    parser.add_argument("--images", type=int, help="the first IMAGES of the test set only")
    parser.add_argument("--seed", type=int, default=1, help="of the noise (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    noise(parser.parse_args(arguments))


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
