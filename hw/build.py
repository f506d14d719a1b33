"""``python -m hw.build``, which is also ``binspike build``: a network to a bitstream for a board."""

import json
import math
import sys
from argparse import Namespace
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from quant.check import integer
from quant.dataflow import folding
from quant.dataflow.folding import Folding
from quant.files import artefact, vectors, zoo
from quant.files.artefact import Artefact
from quant.files.vectors import Vector
from quant.serial_link import contents as board
from quant.serial_link.contents import Contents
from quant.serial_link.protocol import VERSION

from . import families
from .accelerator import Accelerator
from .bitstream import boards, flow, folder, report, toolchain
from .bitstream.flow import BuildError, Progress
from .command import Parser, guard, table
from .cost import estimate, explore
from .cost.estimate import Estimate
from .cost.fit import expect, fastest, remedy
from .families import Family
from .serial_link.uart import divisor
from .top import SerialAccelerator, Top

NETWORK = "mnist-up5k"
MAX_SEED = 2**31 - 1
MAX_DIVIDER = 1024


@dataclass(frozen=True, kw_only=True)
class Job:
    """One build, checked as far as that takes no tool.

    Parameters
    ----------
    name : str
        Of the network, for people.
    source : Artefact
    board : str
        As `boards.registry` lists it.
    folding : Folding
    seed : int
        Of placement; 0..2**31 - 1.
    baud : int
        Of the serial line.
    divider : int
        The design runs at the board's clock divided by this, 1..1024.
    vectors : tuple of Vector
        Test vectors of the network, of which the board stores those that fit.

    Raises
    ------
    ValueError
        The board cannot be built for, the folding does not fit the network, or a number is out of range.
    """

    name: str
    source: Artefact
    board: str
    folding: Folding
    seed: int = 1
    baud: int = 1_000_000
    divider: int = 1
    vectors: tuple[Vector, ...] = ()

    def __post_init__(self) -> None:
        folding.check(self.source.network, self.folding)
        integer("seed", self.seed, 0, MAX_SEED)
        integer("clock divider", self.divider, 1, MAX_DIVIDER)
        divisor(self.clock_hz, self.baud)

    @property
    def clock_hz(self) -> float:
        """The clock that the design runs at."""
        return boards.board(self.board).default_clk_frequency / self.divider

    @property
    def family(self) -> Family:
        """Of the board's device."""
        return families.of(boards.lookup(self.board))

    @property
    def bitstream(self) -> str:
        """Name of the bitstream's file."""
        return f"{flow.NAME}{self.family.bitstream}"

    @property
    def expected(self) -> Estimate:
        """The estimate of the whole design."""
        return expect(self.source.network, self.folding, self.family)

    @property
    def contents(self) -> Contents:
        """What the board holds besides the accelerator."""
        cycles_per_image, _ = estimate.initiation_interval(self.source.network, self.folding)
        return board.contents(self.source.network, self.folding, digest=self.source.digest, vectors=self.vectors,
                              clock_hz=self.clock_hz, baud=self.baud, cycles_per_image=cycles_per_image,
                              made_by=version("binspike"))


def build(job: Job, out: Path, progress: Progress) -> dict[str, Any]:
    """Build ``job`` into the folder ``out``, whole or not at all; return its report.

    Raises
    ------
    BuildError
        The design does not fit or is too slow, or a tool failed; one line, which also says where the log is and, if
        another folding is expected to help, which.
    ToolchainError
        A tool is missing.
    ValueError
        ``out`` holds something that is not a build.
    """
    expected = job.expected
    with folder.replacing(folder.check(out)) as scratch:
        try:
            record = _produce(job, expected, scratch, progress)
        except BuildError as error:
            capacity = boards.capacity(boards.lookup(job.board))
            advice = remedy(error, job.source.network, job.family, expected, capacity, job.divider)
            raise BuildError(f"{error}{advice}; the log is {folder.failed_log(out)}") from None
    return record


def _produce(job: Job, expected: Estimate, scratch: Path, progress: Progress) -> dict[str, Any]:
    platform = boards.board(job.board)
    device = SerialAccelerator(Accelerator(job.source.network, job.folding), job.contents)
    plan = flow.plan(platform, Top(device, divider=job.divider), seed=job.seed)
    flow.execute(plan, job.family, scratch, progress)
    tools = toolchain.versions(flow.tools(plan))
    found = report.implementation(scratch, job.family, job.clock_hz / 1e6)
    record = _record(job, platform.device, expected, found, tools, scratch)
    folder.keep(scratch, {folder.LOG, *(f"{flow.NAME}{suffix}" for suffix in (
        ".il", ".v", ".ys", job.family.constraints, job.family.bitstream, *job.family.programming))})
    folder.write_json(scratch / "report.json", record)
    (scratch / "report.html").write_text(report.page(record), encoding="utf-8")
    folder.write_manifest(scratch, tools)
    return record


def _record(job: Job, device: str, expected: Estimate, found: report.Implementation, tools: dict[str, str],
            scratch: Path) -> dict[str, Any]:
    provenance, network = job.source.provenance, job.source.network
    return {
        "network": job.name, "network_sha256": job.source.digest,
        "accuracy": provenance.accuracy, "measured_on": provenance.measured_on,
        "board": job.board, "device": device, "folding": folding.text(job.folding), "ticks": network.steps,
        "cycles_per_image": expected.cycles_per_image, "latency_cycles": expected.latency_cycles,
        "estimated_luts": expected.luts, **report.implementation_fields(found, expected.cycles_per_image),
        "protocol": VERSION, "vectors": len(job.vectors[:board.most_stored(network)]), "baud": job.baud,
        "seed": job.seed, "images_per_second_over_uart": round(report.link_images_per_second(network, job.baud), 3),
        "bitstream": job.bitstream, "bitstream_sha256": folder.sha256(scratch / job.bitstream), "tools": tools}


def job_parser(prog: str, description: str) -> Parser:
    """The arguments that `job` needs, and ``--json``."""
    arguments = Parser(prog, description=description)
    arguments.add_argument("--network", default=NETWORK, help="a shipped network's name (binspike zoo), or a file "
                                                              "(%(default)s)")
    arguments.add_argument("--board", required=True, help="an iCE40 or ECP5 board of amaranth-boards, as icebreaker "
                                                          "or ulx3s-85f")
    speed = arguments.add_mutually_exclusive_group()
    speed.add_argument("--fold", help='"channels,synapses,ticks" at once, for each layer with weights; as '
                                      '"8,9,1 4,8,1 10,10,1"')
    speed.add_argument("--target-fps", type=float, help="images a second to reach with the smallest design; without "
                                                        "--fold and --target-fps: the fastest design that fits")
    arguments.add_argument("--clock-divider", type=int, help="run at the board's clock divided by this; without: the "
                                                             "least that gives 50 MHz or less")
    arguments.add_argument("--json", action="store_true", help="print the result as JSON")
    return arguments


def parser() -> Parser:
    """The command's arguments."""
    arguments = job_parser("binspike build", "Build the bitstream of a network for a board.")
    arguments.add_argument("--out", type=Path, help="build folder; without: build/<board>/<network digest>")
    arguments.add_argument("--seed", type=int, default=Job.seed, help="seed of placement (%(default)s)")
    arguments.add_argument("--baud", type=int, default=Job.baud, help="baud rate of the UART (%(default)s)")
    return arguments


def choose(source: Artefact, platform: Any, clock_hz: float, fold: str | None, target_fps: float | None) -> Folding:
    """The folding that was asked for, or the fastest that by the estimate fits the platform's device.

    Raises
    ------
    ValueError
        The text is no folding of the network, no folding reaches the rate, or none fits.
    """
    if fold is not None:
        return folding.check(source.network, folding.parse(fold))
    if target_fps is not None:
        return explore.for_fps(source.network, clock_hz, target_fps, families.of(platform))
    return fastest(source.network, families.of(platform), boards.capacity(platform))


def job(options: Namespace) -> Job:
    """The build that the arguments ask for."""
    platform = boards.board(options.board)
    path = zoo.path(options.network)
    source = artefact.load(path)
    divider = options.clock_divider
    if divider is None:
        divider = math.ceil(platform.default_clk_frequency / families.of(platform).preferred_hz)
    clock_hz = platform.default_clk_frequency / integer("clock divider", divider, 1, MAX_DIVIDER)
    return Job(name=path.name.removesuffix(zoo.SUFFIX), source=source, board=boards.name_of(type(platform)),
               folding=choose(source, platform, clock_hz, options.fold, options.target_fps), divider=divider,
               seed=getattr(options, "seed", Job.seed), baud=getattr(options, "baud", Job.baud),
               vectors=_vectors(zoo.vectors_path(options.network), source))


def _vectors(path: Path, source: Artefact) -> tuple[Vector, ...]:
    return vectors.load(path, network=source.network) if path.exists() else ()


def _run(options: Namespace) -> None:
    asked = job(options)
    out = folder.check(options.out or folder.default(asked.board, asked.source.digest))
    progress = partial(print, file=sys.stderr, flush=True)
    expected = asked.expected
    progress(f"estimate for --fold \"{folding.text(asked.folding)}\": {expected.cycles_per_image:,} cycles an image, "
             f"{asked.clock_hz / expected.cycles_per_image:,.1f} images/s at {asked.clock_hz / 1e6:g} MHz, "
             f"about {expected.luts:,} LUTs")
    if not asked.vectors:
        progress(f"no test vectors at {zoo.vectors_path(options.network)}: the board will have no self-test; "
                 f"python -m sim.vectors {options.network} writes them")
    record = build(asked, out, progress)
    print(json.dumps(record, indent=2) if options.json else table([*report.rows(record), ("build folder", str(out))]))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status: 1 for a build that failed, 2 for wrong input."""
    return guard(lambda: _run(parser().parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
