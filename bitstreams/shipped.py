"""Shipped bitstreams: built again, and compared byte by byte.

``bitstreams/<board>/<network>/`` holds the bitstream, its report, and the manifest of the whole build: tool versions
and the SHA-256 of every file of the build, shipped or not. Equal manifests are equal builds.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hw import build as builder
from hw.bitstream import folder
from hw.bitstream.flow import Progress
from hw.build import Job
from quant.failure import Failure
from verify.builds import REFERENCE, Reference

# The reference build of one network at least of each method that has a core of its own
NETWORKS = ("cifar-phase-wide", "fashion-equilibrium", "fashion-phase-wide", "fashion-proxy", "fashion-rate",
            "mnist-ecp5", "mnist-phase", "mnist-up5k", "nmnist-rate")
SMALL = "3,25,1 2,12,7 1,2,1"  # of one and the same design in every family
FURTHER = (("mnist-up5k", Reference("ulx3s-85f", "12,25,7,2 24,300,1,2 2,48,1", clock=105.0)),
           ("mnist-up5k", Reference("tangnano9k", SMALL, clock=92)))
BUILDS = tuple(sorted([*((name, REFERENCE[name]) for name in NETWORKS), *FURTHER],
                      key=lambda one: (one[0], one[1].board)))
HERE = Path(__file__).parent
REPORT = "report.json"


def place(job: Job) -> Path:
    """Path of the folder of the shipped bitstream of a build."""
    return HERE / job.board / job.name


def record(name: str, board: str | None = None) -> dict[str, Any]:
    """Report of the shipped bitstream of a network for a board; without one, for that of its reference build.

    Raises
    ------
    OSError, ValueError
        There is none, or it is damaged.
    """
    return folder.read_json(HERE / (board or REFERENCE[name].board) / name / REPORT)


def differences(shipped: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """Differences between two manifests, in words; empty if there are none."""
    pairs = [("version of", shipped["tools"], made["tools"]), ("file", shipped["files"], made["files"])]
    return [f"{what} {name} is {new.get(name, 'absent'):.16}, not {old.get(name, 'absent'):.16}"
            for what, old, new in pairs for name in sorted(old | new) if old.get(name) != new.get(name)]


def remake(job: Job, update: bool, progress: Progress) -> dict[str, Any]:
    """Build, and compare with the shipped bitstream, or with ``update`` ship it; return the report of the build.

    Raises
    ------
    Failure
        The build differs from the shipped one, or a shipped file from its manifest.
    """
    shipped = place(job)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "build"
        record = builder.build(job, out, progress)
        made = folder.manifest(out)
        if update:
            _ship(job, out, shipped)
        elif found := differences(folder.manifest(shipped), made):
            raise Failure(f"{job.name} for {job.board}: {'; '.join(found)}")
    check(job)
    return record


def check(job: Job) -> None:
    """Compare the shipped files with their manifest, and with the network as it is now; this builds nothing.

    Raises
    ------
    Failure
        One differs.
    OSError, ValueError
        There is no such folder, or its manifest is none.
    """
    shipped = place(job)
    digests, record = folder.manifest(shipped)["files"], folder.read_json(shipped / REPORT)
    wrong = [name for name in (job.bitstream, REPORT) if folder.sha256(shipped / name) != digests[name]]
    if record["network_sha256"] != job.source.digest:
        wrong.append("its network")
    if wrong:
        raise Failure(f"{shipped} must be remade: {' and '.join(wrong)} changed; run make bitstreams UPDATE=1")


def _ship(job: Job, out: Path, shipped: Path) -> None:
    with folder.replacing(shipped) as scratch:
        for name in (job.bitstream, REPORT, folder.MANIFEST):
            shutil.copyfile(out / name, scratch / name)
