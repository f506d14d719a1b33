"""``binspike netlist``: the test vectors of a network on its netlist after synthesis."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from .arguments import Parser, shared
from .command import show

CACHE = Path("build", "netlist")


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike netlist", description="Replay the test vectors of a network on its netlist after "
                                                    "synthesis, in the compiled simulation of its cells.")
    shared(parser, "--network", required=True)
    parser.add_argument("--family", default="ice40", help="cells: a device family, as ecp5 or gowin, or "
                                                                 "generic gates (%(default)s)")
    shared(parser, "--fold")
    shared(parser, "--copies")
    shared(parser, "--board", help="take the folding that a build for this board takes")
    shared(parser, "--json")
    return parser


def _rows(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("network", record["network"]), ("folding", record["folding"]), ("family", record["family"]),
        *((name, f"{count:,}") for name, count in record["cells"].items()),
        ("images", f"{record['images']:,}, every result as stored"),
        ("transfers", f"{record['transfers']:,}, each in its predicted cycle"),
        ("cycles an image", f"{record['cycles_predicted']:,} predicted, {record['cycles_simulated']:,} simulated"),
        ("synthesis", f"{record['synthesis_seconds']:.1f} s"),
        ("compilation", f"{record['compile_seconds']:.1f} s"),
        ("simulation", f"{record['simulation_seconds']:.1f} s")]


def run(options: Namespace) -> None:
    """Replay and print."""
    from quant.check import member
    from quant.dataflow import folding
    from quant.files import vectors, zoo
    from verify import builds, netlist

    family = member("family", options.family, netlist.cells())
    target = builds.target(options.network, options.fold, options.board, options.copies)
    network = target.source.network
    path = zoo.vectors_path(options.network)
    if not path.exists():
        raise ValueError(f"network must have test vectors, {path}; binspike vectors --network {options.network} writes "
                         "them")
    stored = vectors.load(path, network=network)
    found = netlist.check(network, target.folding, stored, family, CACHE)
    record = {"network": target.name, "network_sha256": target.source.digest, "folding": folding.text(target.folding),
              "family": family, "cells": dict(sorted(found.netlist.cells.items())), **vars(found.replay),
              "synthesis_seconds": found.netlist.seconds, "compile_seconds": found.compile_seconds,
              "simulation_seconds": found.seconds}
    show(record, _rows(record), options.json)
