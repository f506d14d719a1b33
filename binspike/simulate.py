"""``binspike simulate``: images through the functional golden model."""

from argparse import Namespace
from typing import Any

from quant.files import artefact, zoo

from .arguments import SAMPLED, Parser, shared
from .command import show


def simulate(options: Namespace) -> dict[str, Any]:
    """Classify images and count the right ones."""
    from tqdm import tqdm  # here, so that the verb's help does not wait for NumPy

    from sim.data import labelled
    from sim.functional import network as functional

    if options.limit is not None and options.limit < 1:
        raise ValueError(f"limit must be at least 1, not {options.limit}")
    source = artefact.load(zoo.path(options.network))
    words, images, labels = labelled(source, options.data, options.split)
    images, labels = images[:options.limit], labels[:options.limit]
    with tqdm(total=len(images), unit=" images", disable=None, leave=False) as bar:
        outcome = functional.run(source.network, images, progress=bar.update)
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


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike simulate", description="Classify images by the functional golden model, which the "
                                                     "hardware agrees with bit for bit.")
    shared(parser, "--network", required=True)
    shared(parser, "--data", help=SAMPLED)
    parser.add_argument("--split", choices=("test", "train"), default="test", help="of the data set (%(default)s)")
    parser.add_argument("--limit", type=int, help="classify the first LIMIT images only")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Classify and print."""
    result = simulate(options)
    show(result, _rows(result), options.json)
