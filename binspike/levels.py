"""``binspike levels``: one table of the accuracy at every level, from float training to the netlist."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hw.command import Failure, Parser, guard, table
from quant.check import integer, member
from quant.dataflow import folding
from quant.files import zoo


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
    from sim.compiled.verilate import SimulationError
    from verify import builds, images, workers
    from verify.levels import levels
    from verify.netlist import cells

    families = [member("family", family, cells()) for family in options.families.split(",")]
    slow = integer("slow images", options.slow_images, 1, images.MOST)
    target = builds.target(name, options.fold)
    chosen = images.choose(target.source, options.images, options.data)
    say = partial(print, f"{target.name}:", file=sys.stderr, flush=True)
    try:
        with workers.local(options.jobs) as submit:
            rows = list(levels(target, chosen, submit, classify=_classify(), slow=slow, families=families,
                               progress=say))
    except SimulationError as error:
        raise Failure(str(error)) from None
    return {"network": target.name, "network_sha256": target.source.digest, "data": chosen.source,
            "folding": folding.text(target.folding), "levels": [vars(row) for row in rows]}, rows


def _cells(level: Any) -> tuple[str, ...]:
    counts = ["-" if count is None else f"{count:,}" for count in (level.images, level.right, level.equal)]
    share = f"{level.right / level.images:.2%}" if level.right is not None else "-"
    return level.name, counts[0], counts[1], share, counts[2], level.note


def _run(arguments: list[str]) -> None:
    parser = Parser("binspike levels", description="Classify test images at every level, from float training to the "
                    "netlist after synthesis, and count those that are right and those equal to the golden model.")
    parser.add_argument("--network", help="a shipped network's name (binspike zoo), or a file; without: all shipped")
    parser.add_argument("--fold", help='"channels,synapses,ticks" at once, for each layer with weights')
    parser.add_argument("--images", type=int, help="the first IMAGES of the test set (10,000)")
    parser.add_argument("--slow-images", type=int, default=100, help="so many of them for the cycle golden model and "
                                                                     "for netlists (%(default)s)")
    parser.add_argument("--families", default="ice40,generic", help="cells of the netlists (%(default)s); also ecp5")
    parser.add_argument("--data", type=Path, help="folder of the data sets (or BINSPIKE_DATA); "
                                                  "without: random images")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="simulations at a time (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(arguments)
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


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status: 1 where a level differs, 2 for wrong input."""
    return guard(lambda: _run(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
