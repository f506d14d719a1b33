"""Source of a report: a network by name or file, or the folder of a training."""

import os
from dataclasses import dataclass
from pathlib import Path

from quant.files import artefact, zoo
from quant.files.artefact import Artefact

from . import learning
from .learning import Learning

LOG, CHECKPOINT = "log.jsonl", "checkpoint"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Network of a report, its name, its learning curves where they are known, and the default folder of the report."""

    name: str
    artefact: Artefact
    learning: Learning | None
    out: Path


def find(path: str | os.PathLike[str]) -> Source:
    """Source at ``path``: a shipped network's name, an artefact, or a training's folder.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        There is no such network, the folder holds none or several, or a file is damaged.
    """
    folder = Path(path)
    if not folder.is_dir():
        file = zoo.path(path)
        name = file.name.removesuffix(zoo.SUFFIX)
        return Source(name=name, artefact=artefact.load(file), learning=None, out=Path("build", "report", name))
    files = networks(folder)
    if len(files) != 1:
        raise ValueError(f"{folder} must hold one network, not {len(files)}; finish its training by --resume, or name "
                         "a network file")
    log = folder / LOG
    return Source(name=files[0].stem, artefact=artefact.load(files[0]), out=folder / "report",
                  learning=learning.load(log) if log.exists() else None)


def networks(folder: Path) -> list[Path]:
    """Paths of the network artefacts in a training's folder: one, or none if its weights are not signs."""
    return [file for file in sorted(folder.glob(f"*{zoo.SUFFIX}"))
            if "." not in file.stem and file.stem != CHECKPOINT]
