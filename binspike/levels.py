"""``binspike levels``: one table of the accuracy at every level, from float training to the netlist."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import Any

from quant.check import integer, member
from quant.dataflow import folding
from quant.failure import Failure
from quant.files import zoo

from .arguments import RANDOM, Parser, shared
from .command import table


def _classify() -> Callable[..., Any] | None:
    """The integer network in PyTorch, if that is there."""
    from sim.functional.network import Outcome

    try:
        from train_binary.model.integer import classify
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return None

    def outcome(*arguments: Any) -> Outcome:
        class_index, tick, potentials = classify(*arguments)
        return Outcome(class_index=class_index, tick=tick, potentials=potentials)

    return outcome


def _network(name: str, options: Namespace) -> tuple[dict[str, Any], list[Any]]:
    from verify import builds, images, workers
    from verify.levels import levels
    from verify.netlist import cells

    families = [member("family", family, cells()) for family in options.families.split(",")]
    slow = integer("slow images", options.slow_images, 1, images.MOST)
    target = builds.target(name, options.fold)
    chosen = images.choose(target.source, options.images, options.data)
    say = partial(print, f"{target.name}:", file=sys.stderr, flush=True)
    with workers.local(options.jobs) as submit:
        rows = list(levels(target, chosen, submit, classify=_classify(), slow=slow, families=families, progress=say))
    return {"network": target.name, "network_sha256": target.source.digest, "data": chosen.source,
            "folding": folding.text(target.folding), "levels": [vars(row) for row in rows]}, rows


def _cells(level: Any) -> tuple[str, ...]:
    counts = ["-" if count is None else f"{count:,}" for count in (level.images, level.right, level.equal)]
    share = f"{level.right / level.images:.2%}" if level.right is not None else "-"
    return level.name, counts[0], counts[1], share, counts[2], level.note


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike levels", description="Classify test images at every level, from float training to the "
                    "netlist after synthesis, and count those that are right and those equal to the golden model.")
    shared(parser, "--network", help="a shipped network's name (binspike zoo), or a file; without: all shipped")
    shared(parser, "--fold")
    parser.add_argument("--images", type=int, help="the first IMAGES of the test set (10,000)")
    parser.add_argument("--slow-images", type=int, default=100, help="so many of them for the cycle golden model and "
                                                                     "for netlists (%(default)s)")
    parser.add_argument("--families", default="ice40,generic", help="cells of the netlists: device families or "
                                                                          "generic gates (%(default)s)")
    shared(parser, "--data", help=RANDOM)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="simulations at a time (%(default)s)")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Measure and print, network by network.

    Raises
    ------
    Failure
        A level differs from the golden model.
    """
    if options.network is None and options.fold:
        raise ValueError("--fold is of one network; give it by --network")
    records, found = [], []
    for name in [options.network] if options.network else zoo.names():
        record, rows = _network(name, options)
        records.append(record)
        found += [(record["network"], row) for row in rows if row.differs]
        if not options.json:
            print(f"{record['network']} ({record['network_sha256'][:16]}), folding {record['folding']}, "
                  f"{record['data']}\n")
            print(table([("level", "images", "right", "", "equal", ""), *map(_cells, rows)]), end="\n\n", flush=True)
    if options.json:
        print(json.dumps(records, indent=2))
    for name, row in found:
        raise Failure(f"{name}: {row.images - row.equal:,} of {row.images:,} images differ at level {row.name}")
