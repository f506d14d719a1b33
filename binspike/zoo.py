"""``binspike zoo``: the networks that are shipped."""

from argparse import Namespace
from typing import Any

from bitstreams import shipped
from quant.files import artefact, zoo

from .arguments import Parser, shared
from .command import show

HEADER = ("network", "accuracy", "measured on", "weights", "ticks", "digest")
BUILT = ("network", "method", "accuracy", "weights", "ticks", "board", "LUTs", "cycles", "images/s")


def describe(name: str) -> dict[str, Any]:
    """Record of a shipped network."""
    found = artefact.load(zoo.path(name))
    return {"network": name, "accuracy": found.provenance.accuracy, "measured_on": found.provenance.measured_on,
            "method": found.provenance.method, "weights": found.network.weights, "ticks": found.network.steps,
            "network_sha256": found.digest}


def build(name: str, board: str) -> dict[str, Any]:
    """As `describe`, and what the report of its shipped bitstream for a board says of that."""
    record = shipped.record(name, board)
    return describe(name) | {key: record[key] for key in ("board", "luts", "cycles_per_image", "images_per_second")}


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    accuracy = "not measured" if entry["accuracy"] is None else f"{entry['accuracy']:.2%}"
    return (entry["network"], accuracy, entry["measured_on"], f"{entry['weights']:,}", str(entry["ticks"]),
            entry["network_sha256"][:16])


def _built(entry: dict[str, Any]) -> tuple[str, ...]:
    return (entry["network"], entry["method"], _row(entry)[1], f"{entry['weights']:,}", str(entry["ticks"]),
            entry["board"], f"{entry['luts']:,}", f"{entry['cycles_per_image']:,}",
            f"{entry['images_per_second']:,.1f}")


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike zoo", description="List the networks that are shipped.")
    shared(parser, "--json", help="print the list as JSON")
    parser.add_argument("--builds", action="store_true", help="those of which bitstreams are shipped, with these")
    return parser


def run(options: Namespace) -> None:
    """Print the networks, or the builds."""
    entries = ([build(name, of.board) for name, of in shipped.BUILDS] if options.builds else
               [describe(name) for name in zoo.names()])
    header, row = (BUILT, _built) if options.builds else (HEADER, _row)
    show(entries, [header, *map(row, entries)], options.json)
