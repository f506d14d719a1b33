"""A build: planned from values, and made into a bitstream for a board. ``python -m hw.build`` is ``binspike build``."""

import math
import os
import sys
from dataclasses import dataclass
from importlib import import_module
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
from quant.serial_link.protocol import BAUD, VERSION

from . import families
from .accelerator import Accelerator
from .bitstream import boards, flow, folder, report, toolchain
from .bitstream.flow import BuildError, Progress
from .build_report import details
from .build_report.page import page
from .cost import estimate, explore
from .cost.estimate import Estimate
from .cost.fit import expect, fastest, remedy
from .families import Family
from .serial_link.uart import divisor
from .top import SerialAccelerator, Top

PAGE = "report.html"
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
    baud: int = BAUD
    divider: int = 1
    vectors: tuple[Vector, ...] = ()

    def __post_init__(self) -> None:
        folding.check(self.source.network, self.folding)
        integer("seed", self.seed, 0, MAX_SEED)
        integer("clock divider", self.divider, 1, MAX_DIVIDER)
        divisor(self.clock_hz, self.baud)

    @classmethod
    def plan(cls, network: str | os.PathLike[str], board: str, *, fold: str | None = None, fps: float | None = None,
             divider: int | None = None, seed: int = 1, baud: int = BAUD) -> "Job":
        """The build of a network for a board; it stores the test vectors that lie beside the network.

        Parameters
        ----------
        network : str or path
            Name of a shipped network, or file.
        board : str
            As `boards.lookup` takes it.
        fold : str, optional
            Folding of the design, as `folding.parse` takes it.
        fps : float, optional
            In place of ``fold``: images a second to reach, by the smallest design. Without both: the fastest design
            that by the estimate fits the board's device.
        divider : int, optional
            Without: the least that gives a clock that the board's family prefers.
        seed, baud : int
            As of a job.

        Raises
        ------
        OSError, ValueError
            There is no such network or board, a file is damaged, the folding does not fit the network, no folding
            reaches the rate or fits the device, or a number is out of range.
        """
        path, platform = zoo.path(network), boards.board(board)
        source = artefact.load(path)
        if divider is None:
            divider = math.ceil(platform.default_clk_frequency / families.of(platform).preferred_hz)
        clock_hz = platform.default_clk_frequency / integer("clock divider", divider, 1, MAX_DIVIDER)
        return cls(name=path.name.removesuffix(zoo.SUFFIX), source=source, board=boards.name_of(type(platform)),
                   folding=_chosen(source, platform, clock_hz, fold, fps), divider=divider, seed=seed, baud=baud,
                   vectors=_vectors(zoo.vectors_path(network), source))

    @property
    def clock_hz(self) -> float:
        """The clock that the design runs at."""
        return boards.board(self.board).default_clk_frequency / self.divider

    @property
    def family(self) -> Family:
        """Family of the board's device."""
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
        """Contents of the board besides the accelerator."""
        cycles_per_image, _ = estimate.initiation_interval(self.source.network, self.folding)
        return board.contents(self.source.network, self.folding, digest=self.source.digest, vectors=self.vectors,
                              clock_hz=self.clock_hz, baud=self.baud, cycles_per_image=cycles_per_image,
                              made_by=version("binspike"))


def _chosen(source: Artefact, platform: Any, clock_hz: float, fold: str | None, fps: float | None) -> Folding:
    if fold is not None:
        return folding.check(source.network, folding.parse(fold))
    if fps is not None:
        return explore.for_fps(source.network, clock_hz, fps, families.of(platform))
    return fastest(source.network, families.of(platform), boards.capacity(platform))


def _vectors(path: Path, source: Artefact) -> tuple[Vector, ...]:
    return vectors.load(path, network=source.network) if path.exists() else ()


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
    seen = details.read(scratch, job.family, job.clock_hz / 1e6, job.source.network, job.folding, expected)
    record = _record(job, platform.device, expected, found, tools, scratch) | seen.fields
    folder.keep(scratch, {folder.LOG, *(f"{flow.NAME}{suffix}" for suffix in (
        ".il", ".v", ".ys", job.family.constraints, job.family.bitstream, *job.family.programming))})
    folder.write_json(scratch / "report.json", record)
    (scratch / PAGE).write_text(page(record, seen.placement), encoding="utf-8")
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
        "estimated_luts": expected.luts, "estimated_flip_flops": expected.flip_flops,
        "estimated_block_rams": expected.block_rams, **report.implementation_fields(found, expected.cycles_per_image),
        "protocol": VERSION, "vectors": len(job.vectors[:board.most_stored(network)]), "baud": job.baud,
        "seed": job.seed, "images_per_second_over_uart": round(report.link_images_per_second(network, job.baud), 3),
        "bitstream": job.bitstream, "bitstream_sha256": folder.sha256(scratch / job.bitstream),
        "page": PAGE, "tools": tools}


if __name__ == "__main__":  # by its name alone: the program lies above this package, which imports nothing of it
    sys.exit(import_module("binspike.cli").main(["build", *sys.argv[1:]]))
