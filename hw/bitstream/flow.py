"""From a design to a bitstream: synthesis, place and route, packing, each as one run of a pinned tool."""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from amaranth.build.run import BuildPlan
from amaranth.hdl import Elaboratable

from quant.failure import Failure

from .. import families
from ..families import Family, Tool
from ..names import plain
from . import toolchain

NAME = "top"
REPORT = f"{NAME}.report.json"
STATISTICS = f"{NAME}.stat.json"
ROUTED = f"{NAME}.routed.json"
_ATTRIBUTES = " ".join(f"-remove {name}" for name in ("generator", "top", "src", "amaranth.hierarchy",
                                                      "amaranth.decoding"))
# asserts and prints would cost logic; the Verilog is written as Amaranth itself writes it
AFTER_READ = f"""\
delete t:$check t:$print
design -save read
proc -nomux -norom
memory_collect
attrmap {_ATTRIBUTES}
attrmap -modattr {_ATTRIBUTES}
write_verilog -norename {NAME}.v
design -load read"""
# a net without a driver is a fault of synthesis, which nextpnr would tie to 0 without a word
AFTER_SYNTHESIS = f"check -assert\ntee -q -o {STATISTICS} stat -json"
Progress = Callable[[str], None]


class BuildError(Failure):
    """A design that does not fit or is too slow, or a tool that failed; one line."""


@dataclass(frozen=True)
class Usage:
    """Sites of a kind: how many a design uses, and how many the device has."""

    used: int
    available: int

    def __str__(self) -> str:
        return f"{self.used:,} of {self.available:,}"


class DoesNotFit(BuildError):
    """The device has too few sites.

    Parameters
    ----------
    usage : dict of str to Usage
        By nextpnr's names.
    """

    def __init__(self, message: str, usage: dict[str, Usage]) -> None:
        super().__init__(message)
        self.usage = usage


class TooSlow(BuildError):
    """The design is placed and routed, but not fast enough for the board's clock.

    Parameters
    ----------
    fmax_mhz, clock_mhz : float
    """

    def __init__(self, message: str, fmax_mhz: float, clock_mhz: float) -> None:
        super().__init__(message)
        self.fmax_mhz, self.clock_mhz = fmax_mhz, clock_mhz


@contextmanager
def _without_overrides() -> Iterator[None]:
    """Amaranth lets variables ``AMARANTH_*`` override the options of a build; not here."""
    dropped = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("AMARANTH_")}
    try:
        yield
    finally:
        os.environ.update(dropped)


def plan(platform: Any, top: Elaboratable, *, seed: int) -> BuildPlan:
    """Everything that the tools need for ``top`` on ``platform``; the same design and seed give the same plan."""
    family = families.of(platform)
    with _without_overrides():
        plan = platform.build(top, NAME, do_build=False, emit_src=False, script_after_read=AFTER_READ,
                              script_after_synth="\n".join(filter(None, (family.after_synthesis, AFTER_SYNTHESIS))),
                              synth_opts=family.synthesis_options,
                              nextpnr_opts=f"--seed {seed} --report {REPORT} --write {ROUTED} "
                                           f"{family.place_and_route_options}".rstrip())
    plan.files[f"{NAME}.il"] = plain(plan.files[f"{NAME}.il"])
    return plan


def _commands(plan: BuildPlan) -> list[list[str]]:
    return json.loads(plan.files[f"build_{NAME}.json"])["commands"]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Placement that was kept of several.

    Parameters
    ----------
    seed : int
        Of the one that was kept.
    fmax_mhz : dict of int to float
        Frequency after routing by seed, of the clock that is closest to failing; of those that could be routed.
    """

    seed: int
    fmax_mhz: dict[int, float]


def execute(plan: BuildPlan, family: Family, folder: Path, progress: Progress, seeds: Sequence[int]) -> Placed:
    """Run a plan in ``folder``; leave the plan's files and all products there, and add to ``build.log``.

    Parameters
    ----------
    family : Family
        Of the device.
    progress : callable
        Is given a line when a stage begins and when it ends.
    seeds : sequence of int
        Of placements, which are tried side by side. The one that comes farthest beyond its clock is kept, the first of
        equals, whichever is done first.

    Raises
    ------
    BuildError
        A tool failed; the log holds what it said. `DoesNotFit` and `TooSlow` carry by how much.
    ToolchainError
        A tool is missing.
    """
    plan.extract(folder)
    placed = Placed(seed=seeds[0], fmax_mhz={})
    with open(folder / "build.log", "a") as log:
        for name, *arguments in _commands(plan):
            tool = families.tool(name)
            progress(f"{tool.stage} ..." if tool != family.place_and_route or len(seeds) == 1
                     else f"{tool.stage} with {len(seeds)} seeds ...")
            started = time.monotonic()
            if tool == family.place_and_route:
                placed = _place(tool, arguments, family, folder, log, seeds)
            else:
                _run(tool, [(arguments, folder)], family, log)
            progress(f"{tool.stage} done in {time.monotonic() - started:.1f} s")
    return placed


def _run(tool: Tool, calls: Sequence[tuple[list[str], Path]], family: Family, log: TextIO) -> list[BuildError | None]:
    """Run a tool in each folder; return what failed.

    Raises
    ------
    BuildError
        Every one failed: the first error that is not about speed, else that of the fastest.
    """
    started, errors = time.monotonic(), []
    for (arguments, folder), (status, output) in zip(calls, toolchain.run_each(tool.name, calls), strict=True):
        log.write(f"# {' '.join([tool.name, *arguments])}\n{output}{_own_log(tool, folder)}# status {status}, "
                  f"{time.monotonic() - started:.1f} s\n\n")
        errors.append(_failure(tool, family, status, output, folder) if status else None)
    log.flush()
    if None not in errors:
        raise max(filter(None, errors), key=lambda error: (
            (0, error.fmax_mhz / error.clock_mhz) if isinstance(error, TooSlow) else (1, 0)))
    return errors


def _place(tool: Tool, arguments: list[str], family: Family, folder: Path, log: TextIO, seeds: Sequence[int]) -> Placed:
    """Place and route with each seed in a folder of its own, and move what the best leaves to ``folder``."""
    at = arguments.index("--seed") + 1
    calls = [([*arguments[:at], str(seed), *arguments[at + 1:]], _copy(folder, seed) if len(seeds) > 1 else folder)
             for seed in seeds]
    errors = _run(tool, calls, family, log)
    if len(seeds) == 1:
        return Placed(seed=seeds[0], fmax_mhz={})
    reports = [path / REPORT for _, path in calls]
    reached = [closest_to_failing(json.loads(path.read_text())) if path.exists() else None for path in reports]
    best = max((place for place, error in enumerate(errors) if error is None),
               key=lambda place: reached[place][0] / reached[place][1])
    shutil.copytree(calls[best][1], folder, dirs_exist_ok=True)
    for _, path in calls:
        shutil.rmtree(path)
    return Placed(seed=seeds[best], fmax_mhz={seed: round(pair[0], 3) for seed, pair in zip(seeds, reached, strict=True)
                                              if pair})


def _copy(folder: Path, seed: int) -> Path:
    copy = folder / f"seed-{seed}"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("seed-*", "build.log"))
    return copy


def _own_log(tool: Tool, folder: Path) -> str:
    own = folder / f"{NAME}{tool.log}"
    return own.read_text() if tool.log and own.exists() else ""


def _failure(tool: Tool, family: Family, status: int, output: str, folder: Path) -> BuildError:
    log = _own_log(tool, folder)
    over = {name: use for name, use in logged_usage(log).items() if use.used > use.available}
    if over:
        needs = " and ".join(f"{use} {family.sites.words.get(name, name)}" for name, use in over.items())
        return DoesNotFit(f"design must fit the device, but needs {needs}", over)
    if (folder / REPORT).exists():
        reached, asked = closest_to_failing(json.loads((folder / REPORT).read_text()))
        if reached < asked:
            return TooSlow(f"design must run at {asked:.1f} MHz, but reaches {reached:.1f} MHz", reached, asked)
    errors = [line for line in (output + log).splitlines() if line.startswith("ERROR")]
    return BuildError(f"{tool.stage} failed with status {status}: {(errors or ['no message'])[0]}")


def logged_usage(log: str) -> dict[str, Usage]:
    """Use of the device by nextpnr's names, from its log, which has it even where the design does not fit."""
    found = re.findall(r"^Info:\s+(\w+):\s+(\d+)/\s*(\d+)\s+\d+%$", log, re.MULTILINE)
    return {name: Usage(int(used), int(available)) for name, used, available in found}


def closest_to_failing(report: dict[str, Any]) -> tuple[float, float]:
    """Frequency after routing, and the one asked for, in MHz, of the clock that is closest to failing."""
    return min(_clocks(report), key=lambda pair: pair[0] / pair[1])


def fmax_mhz(report: dict[str, Any], clock_mhz: float) -> float:
    """Frequency after routing of the clock that must run at ``clock_mhz``.

    Raises
    ------
    BuildError
        No clock was held to that.
    """
    # iceStorm's constraints go through picoseconds: 12 MHz comes back as 12.00004
    found = [achieved for achieved, wanted in _clocks(report) if abs(wanted - clock_mhz) < clock_mhz / 1000]
    if not found:
        raise BuildError(f"place and route must hold a clock to {clock_mhz:g} MHz, but held "
                         f"{', '.join(f'{wanted:g}' for _, wanted in _clocks(report))}")
    return min(found)


def _clocks(report: dict[str, Any]) -> list[tuple[float, float]]:
    return [(clock["achieved"], clock["constraint"]) for clock in report["fmax"].values()]
