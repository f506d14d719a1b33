"""``binspike infer``: images to a board, or to the simulation of one, and its answers."""

import json
import time
from argparse import BooleanOptionalAction, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hw.host.board import Board
from quant.failure import Failure
from quant.files import artefact, zoo
from quant.files.artefact import Artefact
from quant.serial_link.contents import resize_of
from quant.serial_link.protocol import MAX_IMAGES, Result

from .arguments import NETWORK, Parser, clock_arguments, shared
from .command import counted, table
from .inputs import Images, chosen

if TYPE_CHECKING:  # with the generator, which a board at a port does not need
    from hw.build import Job
    from quant.dataflow.cores import Resize

BOARD = "icebreaker"  # simulated unless told otherwise
TIMEOUT, SIMULATED_TIMEOUT = 2.0, 120.0
HEADER = ("image", "class", "tick", "cycles")


@contextmanager
def _board(options: Namespace, source: Artefact | None, job: "Job | None") -> Iterator[Board]:
    """The board at its port, real or simulated."""
    network = None if source is None else source.network
    if job is None:
        timeout = TIMEOUT if options.timeout is None else options.timeout
        with Board(options.port, network, baud=options.baud, timeout=timeout) as board:
            yield board
        return
    from . import simulated

    timeout = SIMULATED_TIMEOUT if options.timeout is None else options.timeout
    with simulated.port(job) as port, Board(port, network, baud=job.baud, timeout=timeout) as board:
        yield board


def _source(options: Namespace) -> tuple[Artefact | None, "Job | None"]:
    """The network that is asked for, and for a simulation its build."""
    if options.limit is not None and options.limit < 1:
        raise ValueError(f"limit must be at least 1, not {options.limit}")
    if not options.simulate:
        if any(option is not None for option in (options.board, options.fold, options.resize)):
            raise ValueError("--board, --fold and --resize are for --simulate; the board at a port says itself what it "
                             "is")
        return (None if options.network is None else artefact.load(zoo.path(options.network))), None
    from hw.build import Job

    from . import simulated

    job = Job.plan(options.network or NETWORK, options.board or BOARD, fold=options.fold, clock=options.clock,
                   divider=options.clock_divider, resize=options.resize)
    return job.source, simulated.fast(job, options.baud)


def _shipped(digest: str) -> Artefact | None:
    """The shipped network of that digest, if there is one."""
    return next((found for found in map(artefact.load, map(zoo.path, zoo.names())) if found.digest == digest), None)


def _classify(board: Board, images: Images, together: int) -> tuple[list[Result], float]:
    """Results, and the seconds that they took; ``together``: as of `Board.classify_all`."""
    from tqdm import tqdm

    start = time.perf_counter()
    with tqdm(total=len(images.names), unit=" images", disable=None, leave=False) as bar:
        results = list(board.classify_all(images.lines(), bar.update, together=together))
    return results, time.perf_counter() - start


def _play(board: Board, images: Images, silent: bool) -> tuple[list[Result], float]:
    """As `_classify`, each image when its events are complete, of recordings one behind the other."""
    from .live import play

    start, results = time.perf_counter(), []
    ends = [0.0 if end is None else end for end in images.ends]
    for end, name, result in play(board, zip(images.names, ends, images.lines(), strict=True)):
        results.append(result)
        if not silent:
            print(f"{end:9.3f} s  {name}: class {result.class_index}", flush=True)
    return results, time.perf_counter() - start


def _check(source: Artefact, job: "Job | None", resize: "Resize | None", images: Images,
           results: list[Result]) -> None:
    """Compare with the golden model; where the folding is known, also the cycles with those predicted.

    Raises
    ------
    Failure
        One differs.
    """
    from quant.dataflow.chain import chain
    from quant.timing.single_image import single_image_timing
    from sim.functional.network import run
    from sim.functional.resize import resize as resized

    golden = run(source.network, resized(resize, images.pixels) if resize else images.pixels)
    cycles = None if job is None else single_image_timing(chain(source.network, job.folding, resize),
                                                          images.pixels[0].size).cycles
    rows = zip(golden.class_index.tolist(), golden.tick.tolist(), golden.potentials.tolist(), strict=True)
    for name, got, (class_index, tick, potentials) in zip(images.names, results, rows, strict=True):
        due = Result(class_index, tick, got.cycles if cycles is None else cycles[tick], tuple(potentials))
        if got != due:
            raise Failure(f"{name}: the board answered {_words(got)}; the golden model says {_words(due)}")


def _words(result: Result) -> str:
    return (f"class {result.class_index}, tick {result.tick}, {result.cycles} cycles, potentials "
            f"{', '.join(map(str, result.potentials))}")


def infer(options: Namespace) -> dict[str, Any]:
    """Do what the options ask for; the record of it."""
    source, job = _source(options)
    images = chosen(options, source, job.contents.identity) if source and job else None  # before it is compiled
    with _board(options, source, job) as board:
        identity = board.identity
        if job is None:
            source = source or _shipped(identity.digest.hex())
            images = chosen(options, source, identity)
        record: dict[str, Any] = {
            "port": "simulated" if job else options.port, "network_sha256": identity.digest.hex(),
            "made_by": identity.made_by, "clock_hz": identity.clock_hz, "baud": board.baud,
            "images_per_second_predicted": round(identity.clock_hz / identity.initiation_interval, 3)}
        if options.self_test:
            record["self_test"] = asdict(test := board.self_test())
            if test.failed:
                raise Failure(f"self-test: {test.failed} of {test.run} stored vectors gave another result; "
                              "flash the board again")
        if options.count is not None:
            record["count"] = asdict(count := board.count(options.count))
            if count.wrong:
                raise Failure(f"count: {count.wrong} of {count.images} images gave another class or tick; "
                              "flash the board again")
        if images is not None:
            results, seconds = (_play(board, images, options.json) if options.live else
                                _classify(board, images, MAX_IMAGES if job is None else 1))
            record |= _record(source, images, results, seconds)
    if images is not None and source is not None and options.check:
        _check(source, job, resize_of(identity, source.network), images, results)
        record["checked"] = len(results)
    return record


def _record(source: Artefact | None, images: Images, results: list[Result], seconds: float) -> dict[str, Any]:
    names = source.network.class_names if source else None
    entries = [{"image": name, "class": names[result.class_index] if names else str(result.class_index),
                **asdict(result)} for name, result in zip(images.names, results, strict=True)]
    record: dict[str, Any] = {"images": entries, "changes": dict(images.changes), "seconds": round(seconds, 6),
                              "images_per_second": round(len(results) / seconds, 3)}
    if images.labels is not None:
        for entry, label in zip(entries, images.labels, strict=True):
            entry["label"] = label
        record["correct"] = sum(entry["label"] == entry["class_index"] for entry in entries)
        record["accuracy"] = record["correct"] / len(entries)
    return record


def _summary(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "board", f"{record['port']}, {record['clock_hz'] / 1e6:g} MHz, made by binspike {record['made_by']}"
    yield "network", record["network_sha256"][:16]
    if record.get("changes"):
        yield "pictures", counted(record["changes"])
    if "accuracy" in record:
        yield "accuracy", f"{record['accuracy']:.2%} ({record['correct']:,} of {len(record['images']):,} right)"
    if "checked" in record:
        yield "golden model", f"agrees on all {record['checked']:,}"
    if "self_test" in record:
        yield "self-test", f"{record['self_test']['run']} stored vectors gave their results, to the cycle"
    if "images" in record:
        place = "simulated" if record["port"] == "simulated" else f"over the line, {record['baud']:,} baud"
        yield "images a second", f"{record['images_per_second']:,.1f} {place}"
    if "count" in record:
        count = record["count"]
        yield "in the chip", (f"{count['images_per_second']:,.1f} measured: {count['images']:,} images in "
                              f"{count['cycles']:,} cycles")
    else:
        yield "in the chip", f"{record['images_per_second_predicted']:,.1f} predicted"


def _print(record: dict[str, Any]) -> None:
    if "images" in record:
        print(table([HEADER, *((entry["image"], entry["class"], str(entry["tick"]),
                                f"{entry['cycles']:,}" if entry["cycles"] else "-")
                               for entry in record["images"])]), end="\n\n")
    print(table(_summary(record)))


def parser() -> Parser:
    """The arguments."""
    parser = Parser("binspike infer", description="Classify images by a board at a serial port, or by the compiled "
                                                     "simulation of a whole board's design.")
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE",
                           help="pictures (scaled to fit), NumPy .npy, IDX, or recordings of event cameras; without: "
                                "the shipped samples")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", help="serial port of the board, as /dev/ttyUSB1 or COM4")
    where.add_argument("--simulate", action="store_true", help="simulate the board")
    shared(parser, "--network", help="a shipped network's name (binspike zoo), or a file; without: what the board "
                                        f"holds, simulated {NETWORK}")
    shared(parser, "--board", help=f"board to simulate, for its clock and folding ({BOARD})")
    shared(parser, "--fold", help="folding to simulate; without: the fastest that fits the board")
    shared(parser, "--resize", help="simulate a board that takes pictures, as of binspike build --resize")
    clock_arguments(parser)
    parser.add_argument("--invert", action="store_true", help="for pictures drawn dark on light")
    parser.add_argument("--live", action="store_true",
                        help="play recordings at their own speed, and classify each part when its events are complete")
    parser.add_argument("--limit", type=int, help="classify the first LIMIT images only")
    parser.add_argument("--labels", type=Path, metavar="IDX", help="labels of the images, for the accuracy")
    parser.add_argument("--check", action=BooleanOptionalAction, default=True,
                           help="compare with the golden model where the network is known (on)")
    parser.add_argument("--self-test", action="store_true", help="let the board run its stored test vectors")
    parser.add_argument("--count", type=int, metavar="N", help="let the board count the cycles of N images")
    parser.add_argument("--timeout", type=float, help="seconds that the board may be silent "
                                                         f"({TIMEOUT:g}; simulated {SIMULATED_TIMEOUT:g})")
    parser.add_argument("--baud", type=int, help="baud rate (the one at which the board answers; simulated the "
                                                  "clock / 4)")
    shared(parser, "--json")
    return parser


def run(options: Namespace) -> None:
    """Classify and print."""
    record = infer(options)
    if options.json:
        print(json.dumps(record, indent=2))
    else:
        _print(record)
