"""``binspike zoo``: the networks that are shipped."""

from argparse import Namespace
from typing import Any

from bitstreams import shipped
from quant.files import artefact, zoo

from .arguments import Parser, shared
from .command import show

HEADER = ("network", "accuracy", "measured on", "weights", "ticks", "digest")
BUILT = ("network", "method", "accuracy", "weights", "ticks", "board", "MHz", "LUTs", "cycles", "images/s", "per kLUT",
         "latency")


def describe(name: str) -> dict[str, Any]:
    """Record of a shipped network."""
    found = artefact.load(zoo.path(name))
    return {"network": name, "accuracy": found.provenance.accuracy, "measured_on": found.provenance.measured_on,
            "method": found.provenance.method, "weights": found.network.weights, "ticks": found.network.steps,
            "network_sha256": found.digest}


def build(name: str, board: str) -> dict[str, Any]:
    """As `describe`, and what the report of its shipped bitstream for a board says of that."""
    record = shipped.record(name, board)
    kept = ("board", "clock_mhz", "luts", "cycles_per_image", "images_per_second", "latency_cycles")
    return describe(name) | {key: record[key] for key in kept} | {
        "images_per_second_per_1000_luts": round(1000 * record["images_per_second"] / record["luts"], 3),
        "latency_us": round(record["latency_cycles"] / record["clock_mhz"], 3)}


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    accuracy = "not measured" if entry["accuracy"] is None else f"{entry['accuracy']:.2%}"
    return (entry["network"], accuracy, entry["measured_on"], f"{entry['weights']:,}", str(entry["ticks"]),
            entry["network_sha256"][:16])


def _built(entry: dict[str, Any]) -> tuple[str, ...]:
    return (entry["network"], entry["method"], _row(entry)[1], f"{entry['weights']:,}", str(entry["ticks"]),
            entry["board"], f"{entry['clock_mhz']:.2f}", f"{entry['luts']:,}", f"{entry['cycles_per_image']:,}",
            f"{entry['images_per_second']:,.1f}", f"{entry['images_per_second_per_1000_luts']:,.1f}",
            f"{entry['latency_us']:,.1f} us")


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
