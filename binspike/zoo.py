"""``binspike zoo``: the networks that are shipped."""

import json
from typing import Any

from hw.command import Parser, guard, table
from quant import artefact, zoo

HEADER = ("network", "accuracy", "measured on", "weights", "ticks", "digest")


def describe(name: str) -> dict[str, Any]:
    """What there is to say of a shipped network."""
    found = artefact.load(zoo.path(name))
    return {"network": name, "accuracy": found.provenance.accuracy, "measured_on": found.provenance.measured_on,
            "weights": found.network.weights, "ticks": found.network.steps, "network_sha256": found.digest}


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    accuracy = "not measured" if entry["accuracy"] is None else f"{entry['accuracy']:.2%}"
    return (entry["network"], accuracy, entry["measured_on"], f"{entry['weights']:,}", str(entry["ticks"]),
            entry["network_sha256"][:16])


def _run(arguments: list[str]) -> None:
    parser = Parser("binspike zoo", description="List the networks that are shipped.")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    options = parser.parse_args(arguments)
    entries = [describe(name) for name in zoo.names()]
    print(json.dumps(entries, indent=2) if options.json else table([HEADER, *map(_row, entries)]))


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
