"""``binspike simulate``: images through the functional golden model."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from hw.command import Parser, guard, table
from quant.files import artefact, zoo


def simulate(options: Namespace) -> dict[str, Any]:
    """Classify images and count the right ones."""
    from tqdm import tqdm  # here, so that the verb's help does not wait for NumPy

    from sim.data import labelled
    from sim.functional.network import run

    if options.limit is not None and options.limit < 1:
        raise ValueError(f"limit must be at least 1, not {options.limit}")
    source = artefact.load(zoo.path(options.network))
    words, images, labels = labelled(source, options.data, options.split)
    images, labels = images[:options.limit], labels[:options.limit]
    with tqdm(total=len(images), unit=" images", disable=None, leave=False) as bar:
        outcome = run(source.network, images, progress=bar.update)
    correct = int((outcome.class_index == labels).sum())
    return {"network_sha256": source.digest, "data": words, "images": len(images), "correct": correct,
            "accuracy": correct / len(images), "ticks": source.network.steps,
            "mean_decision_tick": round(float(outcome.tick.mean()), 3),
            "stated_accuracy": source.provenance.accuracy}


def _rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    stated = result["stated_accuracy"]
    return [("network", result["network_sha256"][:16]), ("images", f"{result['images']:,} of {result['data']}"),
            ("accuracy", f"{result['accuracy']:.2%} ({result['correct']:,} right)"),
            ("stated accuracy", "not measured" if stated is None else f"{stated:.2%}"),
            ("mean decision tick", f"{result['mean_decision_tick']:.2f} of {result['ticks']}")]


def _run(arguments: list[str]) -> None:
    parser = Parser("binspike simulate", description="Classify images by the functional golden model, which the "
                                                     "hardware agrees with bit for bit.")
    parser.add_argument("--network", required=True, help="a shipped network's name (binspike zoo), or a file")
    parser.add_argument("--data", type=Path, help="folder of the data sets (or BINSPIKE_DATA); "
                                                  "without: the shipped samples")
    parser.add_argument("--split", choices=("test", "train"), default="test", help="of the data set (%(default)s)")
    parser.add_argument("--limit", type=int, help="classify the first LIMIT images only")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    result = simulate(options := parser.parse_args(arguments))
    print(json.dumps(result, indent=2) if options.json else table(_rows(result)))


def main(arguments: list[str]) -> int:
    """Run the command line; return its exit status."""
    return guard(lambda: _run(arguments))
