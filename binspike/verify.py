"""``binspike verify``: real images through the emitted Verilog, each equal to the golden model in result and cycles."""

import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from quant.dataflow import folding
from quant.failure import Failure
from quant.files import zoo

from .arguments import RANDOM, Parser, shared
from .command import table

BORDER_IMAGES = 100  # the golden models of all borders take a third of a second an image
OUT = Path("build", "verify")

Record = dict[str, Any]


def verify(name: str, options: Namespace, submit: Callable[..., Any]) -> Record:
    """Prove one network on the workers behind ``submit``."""
    from tqdm import tqdm  # here, so that the verb's help does not wait for NumPy and Amaranth

    from verify import builds, images, proof, shard

    start = time.perf_counter()
    target = builds.target(name, options.fold, options.board, options.copies)
    count = BORDER_IMAGES if options.borders and options.images is None else options.images
    chosen = images.choose(target.source, count, options.data)
    say = partial(print, f"{target.name}:", file=sys.stderr, flush=True)
    say("emitting and compiling the design, once for each version of it")
    with tqdm(total=len(chosen.pixels), desc=target.name, unit=" images", disable=None, leave=False) as bar:
        found = proof.prove(target, chosen.pixels, chosen.labels, submit, borders=options.borders, progress=bar.update,
                            records=options.out and options.out / "shards", waveforms=options.out or OUT, say=say)
    times = shard.timing(target.source.network, target.folding)
    return {"network": target.name, "network_sha256": target.source.digest, "folding": folding.text(target.folding),
            "verilog_sha256": found.design.digest, "data": chosen.source, "images": len(chosen.pixels),
            "compared": found.images, "equal": found.equal, "from_earlier_runs": found.found, "correct": found.right,
            "stated_correct": target.source.provenance.correct if chosen.whole else None, "borders": options.borders,
            "transfers": found.transfers, "cycles_per_image": times.initiation_interval,
            "latency_cycles": times.latency,
            "difference": found.difference, "seconds": round(time.perf_counter() - start, 1)}


def _rows(record: Record) -> list[tuple[str, str]]:
    compared = record["compared"]
    kinds = "cycle and word of every border" if record["borders"] else "both ends: results, and the cycle of each pixel"
    rows = [("network", f"{record['network']} ({record['network_sha256'][:16]}), folding {record['folding']}"),
            ("images", f"{compared:,} of {record['data']}, {record['equal']:,} equal"),
            ("transfers", f"{record['transfers']:,}, {record['transfers'] / compared:,.0f} an image; {kinds}"),
            ("cycles an image", f"{record['cycles_per_image']:,}; latency {record['latency_cycles']:,}")]
    if record["correct"] is not None:
        rows.append(("accuracy", f"{record['correct'] / compared:.2%} ({record['correct']:,} right)"))
    if record["from_earlier_runs"]:
        rows.append(("from earlier runs", f"{record['from_earlier_runs']:,} images"))
    return [*rows, ("time", f"{record['seconds']:,.0f} s"), *_difference_rows(record["difference"] or {})]


def _difference_rows(difference: Record) -> list[tuple[str, str]]:
    if not difference:
        return []
    rows = [("difference", f"image {difference['image']:,}: {difference['what']}")]
    if "stage" in difference:
        rows += [("stage", f"{difference['stage']} to {difference['taker']}, transfer {difference['transfer']:,}"),
                 ("images since reset", f"{difference['images_before']:,} before it")]
    if "expected" in difference:
        sides = difference["expected"], difference["got"]
        rows += [("expected", _side(*sides)), ("got", _side(*reversed(sides)))]
    if "said" in difference:
        rows.append(("simulation", difference["said"]))
    first, last = difference["waveform_cycles"]
    return [*rows, ("waveform", f"{difference['waveform']}, cycles {first:,} to {last:,}")]


def _side(one: Any, other: Any) -> str:
    """Transfer that moved, or was due; of a word, the first number in which the two differ."""
    if not isinstance(one, dict):
        return "no transfer" if one is None else f"{one:,}"
    word, reference = one["word"], other["word"] if other else one["word"]
    places = [place for place, pair in enumerate(zip(word, reference, strict=False)) if len(set(pair)) > 1]
    number = f", {word[places[0]]:,} at place {places[0]} of {len(word)}" if places else ""
    return f"cycle {one['cycle']:,}{number}"


def _prove_all(options: Namespace) -> list[Record]:
    from verify import workers

    if options.network is None and (options.fold or options.board or options.copies):
        raise ValueError("--fold, --copies and --board are of one network; give it by --network")
    names = [options.network] if options.network else zoo.names()
    records = []
    jobs = os.cpu_count() or 1 if options.jobs is None else options.jobs
    with workers.local(jobs) if options.scheduler is None else workers.cluster(options.scheduler) as submit:
        for name in names:
            records.append(verify(name, options, submit))
            if not options.json:
                print(table(_rows(records[-1])), end="\n\n" if name != names[-1] else "\n", flush=True)
            if records[-1]["difference"]:
                break
    return records


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike verify", description="Put test images through the emitted Verilog of a network, and "
                    "compare class, decision tick, potentials and the cycle of every transfer with the golden model.")
    shared(parser, "--network", help="a shipped network's name (binspike zoo), or a file; without: all that are "
                                     "shipped, with the foldings of the table REFERENCE in verify/builds.py")
    parser.add_argument("--images", type=int, help="compare the first IMAGES of the test set (10,000; with --borders "
                                                   f"{BORDER_IMAGES})")
    shared(parser, "--fold")
    shared(parser, "--copies")
    shared(parser, "--board", help="take the folding that a build for this board takes")
    shared(parser, "--data", help=RANDOM)
    parser.add_argument("--borders", action="store_true", help="compare every transfer at every stage border, cycle "
                                                               "and word")
    workers = parser.add_mutually_exclusive_group()
    workers.add_argument("--jobs", type=int, help=f"simulations at a time ({os.cpu_count()}, the number of cores)")
    workers.add_argument("--scheduler", metavar="ADDRESS", help="spread the work over the Dask cluster whose scheduler "
                                                                "is there, as tcp://127.0.0.1:8786")
    shared(parser, "--out", help="keep what is finished in this folder, and go on from there; also the folder of "
                                 f"waveforms, which is else {OUT}")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Prove and print, network by network.

    Raises
    ------
    Failure
        An image differs, or the accuracy is not the stated one.
    """
    records = _prove_all(options)
    if options.json:
        print(json.dumps(records, indent=2))
    for record in records:
        if record["difference"]:
            raise Failure(f"{record['network']}: image {record['difference']['image']} of the Verilog is not equal to "
                          "the golden model")
        if record["stated_correct"] not in (None, record["correct"]):
            raise Failure(f"{record['network']}: {record['correct']} images must be right, as its file states "
                          f"{record['stated_correct']}")
