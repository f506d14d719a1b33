"""A build: planned from values, and made into a bitstream for a board. ``python -m hw.build`` is ``binspike build``."""

import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from quant.check import integer
from quant.dataflow import folding
from quant.dataflow.chain import chain
from quant.dataflow.cores.resize import Resize, parse
from quant.dataflow.folding import Folding
from quant.dataflow.memories import memories
from quant.files import artefact, vectors, zoo
from quant.files.artefact import Artefact
from quant.files.vectors import Vector
from quant.serial_link import contents as board
from quant.serial_link import reload as reloading
from quant.serial_link.contents import Contents
from quant.serial_link.protocol import VERSION

from . import clock as clocks
from . import families
from .bitstream import boards, bridges, flow, folder, report, toolchain
from .bitstream.flow import BuildError, Placed, Progress, TooSlow
from .build_report import details
from .build_report.page import page
from .clock import AUTO, OSCILLATOR, Clock
from .cost import estimate, explore
from .cost.estimate import Estimate
from .cost.fit import expect, fastest, remedy
from .families import Family
from .serial_link.uart import cycles_a_bit
from .timing_closure import close
from .top import Top, device

PAGE = "report.html"
MAX_SEED, MAX_SEEDS = 2**31 - 1, 64


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
    clock : Clock
        Of the design. Where the build chooses it, the one that estimates are made for.
    asked : "auto", "oscillator" or float
        Whether the build chooses the clock; in MHz, where ``clock`` is the highest that does not exceed it.
    seed : int
        Of placement; 0..2**31 - 1.
    seeds : int
        That many placements are tried, with ``seed`` and those that follow it, 1..64; the best is kept.
    asked_baud : int, optional
        Of the serial line. Without: the highest that the board's USB bridge makes and the clock gives.
    vectors : tuple of Vector
        Test vectors of the network, of which the board stores those that fit.
    reload : bool
        Whether the board takes other networks of the same shape over its serial line.
    resize : Resize, optional
        That makes images of a camera's pictures, which the board then takes.

    Raises
    ------
    ValueError
        The board cannot be built for, the folding does not fit network or reload, or a number is out of range.
    """

    name: str
    source: Artefact
    board: str
    folding: Folding
    clock: Clock
    asked: str | float = OSCILLATOR
    seed: int = 1
    seeds: int = 1
    asked_baud: int | None = None
    vectors: tuple[Vector, ...] = ()
    reload: bool = False
    resize: Resize | None = None

    def __post_init__(self) -> None:
        folding.check(self.source.network, self.folding)
        integer("seeds", self.seeds, 1, MAX_SEEDS)
        integer("seed", self.seed, 0, MAX_SEED - self.seeds + 1)
        cycles_a_bit(self.clock_hz, self.baud)
        if self.reload:
            memories(chain(self.source.network, self.folding))

    @classmethod
    def plan(cls, network: str | os.PathLike[str], board: str, *, fold: str | None = None, fps: float | None = None,
             copies: int | None = None, clock: str | float | None = None, divider: int | None = None, seed: int = 1,
             seeds: int = 1, baud: int | None = None, reload: bool = False, resize: str | None = None) -> "Job":
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
        copies : int, optional
            Whole cores side by side behind one stream. Without: what ``fold`` says, else one.
        clock : "auto", "oscillator" or float, optional
            The fastest that the routed design holds, by the PLL; the board's oscillator; or in MHz the highest that
            the PLL or the oscillator, divided, can give without exceeding it. Without: as `hw.clock.usual`.
        divider : int, optional
            Of the oscillator. Without: the least that gives a clock that the board's part is expected to reach.
        seed, seeds, reload
            As of a job.
        baud : int, optional
            As of a job, and one that the bridge makes.
        resize : str, optional
            As of a job, as `quant.dataflow.cores.resize.parse` takes it.

        Raises
        ------
        OSError, ValueError
            There is no such network or board, a file is damaged, the folding does not fit the network, no folding
            reaches the rate or fits the device, the part has no PLL, or a number is out of range.
        """
        path, held, platform = zoo.path(network), zoo.vectors_path(network), boards.board(board)
        source = artefact.load(path)
        asked = clocks.usual(platform, divider) if clock is None else clock
        found, name = clocks.asked(platform, asked, divider), boards.name_of(type(platform))
        core = None if resize is None else parse(resize, source.network.input_shape)
        return cls(name=path.name.removesuffix(zoo.SUFFIX), source=source, board=name,
                   folding=_chosen(source, platform, found.hz, fold, fps, copies, core, reload), clock=found,
                   asked=asked, seed=seed, seeds=seeds, reload=reload, resize=core,
                   asked_baud=None if baud is None else bridges.check(name, baud),
                   vectors=vectors.load(held, network=source.network) if held.exists() else ())

    @property
    def clock_hz(self) -> float:
        """Frequency of the clock."""
        return self.clock.hz

    @property
    def baud(self) -> int:
        """Symbol rate of the serial line."""
        return bridges.highest(self.board, self.clock_hz) if self.asked_baud is None else self.asked_baud

    @property
    def bridge(self) -> str | None:
        """USB bridge of the board, where it is known."""
        return bridges.BRIDGES[self.board].name if self.board in bridges.BRIDGES else None

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
        return expect(self.source.network, self.folding, self.family, reload=self.reload, resize=self.resize)

    @property
    def contents(self) -> Contents:
        """Contents of the board besides the accelerator."""
        cycles_per_image, _ = estimate.initiation_interval(self.source.network, self.folding, self.resize)
        layout = reloading.layout(self.source.network, self.folding) if self.reload else b""
        return board.contents(self.source.network, self.folding, digest=self.source.digest, vectors=self.vectors,
                              clock_hz=self.clock_hz, baud=self.baud, cycles_per_image=cycles_per_image,
                              made_by=version("binspike"), layout=layout, resize=self.resize)


def _chosen(source: Artefact, platform: Any, clock_hz: float, fold: str | None, fps: float | None,
            copies: int | None, resize: Resize | None, reload: bool) -> Folding:
    if fold is not None:
        return folding.check(source.network, folding.parse(fold, copies))
    number = 1 if copies is None else integer("copies", copies, 1, folding.MAX_COPIES)
    if fps is not None:
        return explore.for_fps(source.network, clock_hz, fps, families.of(platform), number, resize)
    return fastest(source.network, families.of(platform), boards.capacity(platform), number, resize, reload)


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
    toolchain.require(job.family)
    expected = job.expected
    with folder.replacing(folder.check(out)) as scratch:
        try:
            record = _produce(job, expected, scratch, progress)
        except BuildError as error:
            capacity = boards.capacity(boards.lookup(job.board))
            advice = remedy(error, job.source.network, job.family, expected, capacity, job.clock,
                            folding.copies(job.folding), job.resize, job.reload)
            raise BuildError(f"{error}{advice}; the log is {folder.failed_log(out)}") from None
    return record


def _produce(job: Job, expected: Estimate, scratch: Path, progress: Progress) -> dict[str, Any]:
    job, placed = _closed(job, scratch, progress) if job.asked == AUTO else (job, _routed(job, scratch, progress))
    tools = toolchain.versions([tool.name for tool in job.family.tools])
    found = report.implementation(scratch, job.family, job.clock_hz / 1e6)
    seen = details.read(scratch, job.family, job.clock_hz / 1e6, job.source.network, job.folding, expected)
    record = _record(job, expected, found, placed, tools, scratch) | seen.fields
    folder.keep(scratch, {folder.LOG, *(f"{flow.NAME}{suffix}" for suffix in (
        ".il", ".v", ".ys", *job.family.constraints, job.family.bitstream, *job.family.programming))})
    folder.write_json(scratch / "report.json", record)
    (scratch / PAGE).write_text(page(record, seen.placement), encoding="utf-8")
    folder.write_manifest(scratch, tools)
    return record


def _routed(job: Job, scratch: Path, progress: Progress) -> Placed:
    """Make the bitstream at the job's clock; of what was in the folder, the log stays."""
    folder.keep(scratch, {folder.LOG})
    made = Top(device(job.source.network, job.folding, job.contents), job.clock)
    plan = flow.plan(boards.board(job.board), made, seed=job.seed)
    return flow.execute(plan, job.family, scratch, progress, range(job.seed, job.seed + job.seeds))


def _closed(job: Job, scratch: Path, progress: Progress) -> tuple[Job, Placed]:
    """Make the bitstream at the fastest clock that holds; return the job at this clock."""
    platform, placed = boards.board(job.board), {}
    at_most = partial(clocks.at_most, platform)

    def route(clock: Clock) -> float:
        progress(f"trying {clock.hz / 1e6:g} MHz")
        try:
            placed[clock] = _routed(replace(job, clock=clock), scratch, progress)
            reached = report.implementation(scratch, job.family, clock.hz / 1e6).fmax_mhz
        except TooSlow as slow:
            reached = slow.fmax_mhz
        progress(f"reached {reached:.1f} MHz")
        return reached * 1e6

    clock = close(at_most(job.family.speed(platform.device).target_hz), clocks.oscillator(platform), at_most, route)
    job = replace(job, clock=clock)
    return job, placed[clock] if clock.pll else _routed(job, scratch, progress)


def _record(job: Job, expected: Estimate, found: report.Implementation, placed: Placed, tools: dict[str, str],
            scratch: Path) -> dict[str, Any]:
    provenance, network = job.source.provenance, job.source.network
    return {
        "network": job.name, "network_sha256": job.source.digest, "accuracy": provenance.accuracy,
        "measured_on": provenance.measured_on, "board": job.board, "device": boards.lookup(job.board).device,
        "folding": folding.text(job.folding), "ticks": network.steps, "cycles_per_image": expected.cycles_per_image,
        "latency_cycles": expected.latency_cycles, "estimated_luts": expected.luts,
        "estimated_flip_flops": expected.flip_flops, "estimated_block_rams": expected.block_rams,
        **report.implementation_fields(found, expected.cycles_per_image),
        "protocol": VERSION, "vectors": job.contents.identity.vectors, "baud": job.baud, "bridge": job.bridge,
        "seed": placed.seed, "images_per_second_over_uart": round(report.link_images_per_second(job.contents), 3),
        "bitstream": job.bitstream, "bitstream_sha256": folder.sha256(scratch / job.bitstream),
        **_clock_fields(job, placed), "page": PAGE, "tools": tools}


def _clock_fields(job: Job, placed: Placed) -> dict[str, Any]:
    """What was asked for beyond one placement at the oscillator's clock, and what it gave."""
    fields: dict[str, Any] = {}
    if job.asked != OSCILLATOR:
        fields |= {"clock_asked": job.asked, "clock_hz": str(job.clock.exact_hz), "clock_source": job.clock.source,
                   "pll": job.clock.pll and job.clock.pll.dividers}
    if job.reload:
        held = memories(chain(job.source.network, job.folding)).values()
        fields["reload_bytes"] = len(reloading.stream([*job.contents.memories, *held]))
    if job.resize:
        fields["resize"] = job.resize.text
    if job.seeds > 1:
        fields |= {"first_seed": job.seed, "seeds": job.seeds, "fmax_mhz_by_seed": placed.fmax_mhz}
    return fields


if __name__ == "__main__":  # by its name alone: the program lies above this package, which imports nothing of it
    sys.exit(import_module("binspike.cli").main(["build", *sys.argv[1:]]))
