"""Parallel planting of faults; the outcome of each is kept in a file."""

import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from quant.dataflow.chain import Node
from tests.mutation import equivalence, netlist, source, units
from tests.mutation.netlist import Fault
from tests.mutation.patches import PATCHES
from tests.mutation.ports import ports
from tests.mutation.report import Row
from tests.mutation.simulation import Planted
from tests.mutation.source import Patch
from tests.mutation.subjects import Subject

UPSTREAM = ((0, 40), (1, 60), (2, 120), (99, 300))  # sound cores in front of the faulty one, and seconds for the proof
MADE_BY = {"simulation": ("netlist", "simulation", "subjects"),
           "unit": ("netlist", "ports", "simulation", "units", "subjects"),
           "proof": ("netlist", "ports", "aiger", "equivalence"), "sound": ("source",), "patch": ("source",)}
_function: Callable[[Any], Any]


def _enter(folder: Path) -> None:
    own = folder / f"process-{os.getpid()}"
    own.mkdir(parents=True, exist_ok=True)
    os.chdir(own)


def _call(item: Any) -> Any:
    return _function(item)


def parallel(function: Callable[[Any], Any], items: Sequence[Any], folder: Path, jobs: int, title: str) -> list[Any]:
    """``function`` of each item, in order; each process works in a folder of its own below ``folder``."""
    global _function
    _function = function  # the processes are forks, and so need not be sent the function
    with multiprocessing.get_context("fork").Pool(jobs, _enter, (folder.resolve(),)) as pool:
        return list(tqdm(pool.imap(_call, items), title, len(items), disable=None))


def digest(*parts: object) -> str:
    """A name for what depends on ``parts``; the first is the kind of check, with the files that do it."""
    own = [Path(__file__).with_name(f"{name}.py").read_text() for name in MADE_BY[str(parts[0])]]
    return hashlib.sha256(repr((parts, own)).encode()).hexdigest()[:24]


def remembered(folder: Path, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Result of ``make``, kept in a file, so that an interrupted run goes on where it was."""
    file = folder / "known" / f"{key}.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        result = make()
        result["seconds"] = time.perf_counter() - start
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(result))
        partial.replace(file)
    return json.loads(file.read_text())


def plant_tool_made(subject: Subject, count: int, folder: Path, cache: Path, jobs: int) -> list[Row]:
    """Let Yosys plant about ``count`` faults in each core of ``subject``.

    Raises
    ------
    RuntimeError
        The checks do not pass without a fault.
    """
    core, base = subject.core, netlist.prepare(subject.core, folder)
    found = netlist.faults(core, folder, count)
    planted = Planted.build(subject, found, folder, cache)
    sound = parallel(planted.killed_by, [0], folder, 1, f"{subject.name} without a fault")
    if any(sound):
        raise RuntimeError(f"{subject.name} without a fault must pass all checks, not fail {sound[0]}")

    def simulate(fault: Fault) -> dict[str, Any]:
        return remembered(folder, digest("simulation", base, found, fault),
                          lambda: {"by": planted.killed_by(fault.number)})

    results = dict(zip(found, parallel(simulate, found, folder, jobs, f"{subject.name}: simulation"), strict=True))
    for fault, by in _by_themselves(subject, base, [fault for fault in found if not results[fault]["by"]], folder,
                                    cache, jobs):
        results[fault] = {"by": by["by"], "seconds": results[fault]["seconds"] + by["seconds"]}
    left = [fault for fault in found if not results[fault]["by"]]

    def prove(fault: Fault) -> dict[str, Any]:
        return remembered(folder, digest("proof", base, fault.core, fault.arguments),
                          lambda: {"by": _proof(subject, base, fault)})

    proofs = dict(zip(left, parallel(prove, left, folder, jobs, f"{subject.name}: proofs"), strict=True))
    return [_row(subject, fault, results[fault], proofs.get(fault)) for fault in found]


def _by_themselves(subject: Subject, base: str, left: list[Fault], folder: Path, cache: Path,
                   jobs: int) -> list[tuple[Fault, dict[str, Any]]]:
    """Result of the single-core bench for each of the faults ``left``, which no check of the whole design notices."""
    def bench(node: Node) -> dict[str, Any]:
        mine = [fault for fault in left if fault.core == node.name]

        def run() -> dict[str, Any]:
            unit = units.Unit.build(subject, node, mine, ports(base, node.name), folder.resolve(), cache)
            if by := unit.killed_by(0):
                raise RuntimeError(f"{node.name} without a fault must pass all checks, not fail {by}")
            return {"by": [unit.killed_by(fault.number) for fault in mine]}

        known = remembered(folder, digest("unit", base, mine), run)
        return {fault: {"by": by, "seconds": known["seconds"] / len(mine)}
                for fault, by in zip(mine, known["by"], strict=True)}

    nodes = [node for node in subject.core.nodes if any(fault.core == node.name for fault in left)]
    return [item for found in parallel(bench, nodes, folder, jobs, f"{subject.name}: cores by themselves")
            for item in found.items()]


def _proof(subject: Subject, base: str, fault: Fault) -> str:
    """The proof that ``fault`` changes nothing, in words; empty if there is none."""
    for upstream, seconds in UPSTREAM:
        proven = equivalence.prove(subject.core, base, fault, Path("proof"), upstream=upstream, seconds=seconds)
        if proven:
            return "PDR, " + ("core alone" if not upstream else f"behind {upstream} cores" if upstream < 9 else
                              "behind all cores before it")
    return ""


def _row(subject: Subject, fault: Fault, result: dict[str, Any], proof: dict[str, Any] | None) -> Row:
    seconds = result["seconds"] + (proof["seconds"] if proof else 0)
    outcome = "killed" if result["by"] else "equivalent" if proof and proof["by"] else "survives"
    return Row(f"{subject.name}-{fault.number}", f"{subject.name}: {fault.core}", f"{fault.mode} {fault.place}",
               outcome, result["by"] or (proof["by"] if proof else ""), seconds)


def plant_patches(patches: Sequence[Patch], folder: Path, jobs: int) -> list[Row]:
    """Plant hand-written faults, each process in a copy of the tree.

    Raises
    ------
    RuntimeError
        The tests do not pass without a fault.
    """
    sources = [path.read_text() for part in ("hw", "quant", "sim", "tests", "verify")
               for path in sorted((source.ROOT / part).rglob("*.py")) if "mutation" not in str(path)]
    trees: dict[int, Path] = {}

    def tree() -> Path:
        if os.getpid() not in trees:
            trees[os.getpid()] = source.copy(Path.cwd() / "tree")
        return trees[os.getpid()]

    def sound(stem: str) -> dict[str, Any]:
        return remembered(folder, digest("sound", sources, stem), lambda: {"by": source.failure(tree(), [stem])})

    def killed(patch: Patch) -> dict[str, Any]:
        return remembered(folder, digest("patch", sources, patch), lambda: {"by": source.killed_by(patch, tree())})

    stems = sorted({stem for patch in patches for stem in patch.tests.split()})
    for stem, result in zip(stems, parallel(sound, stems, folder, jobs, "tests without a fault"), strict=True):
        if result["by"]:
            raise RuntimeError(f"tests of {stem} must pass without a fault, not fail {result['by']}")
    results = parallel(killed, patches, folder, jobs, "hand-written faults")
    return [Row(f"written-{PATCHES.index(patch) + 1}", patch.file, patch.name,
                "killed" if result["by"] else "survives", result["by"], result["seconds"])
            for patch, result in zip(patches, results, strict=True)]
