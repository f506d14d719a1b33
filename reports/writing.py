"""Writing of a whole report: from a source to a page, pictures and JSON."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quant.check import integer
from quant.files import scratch
from sim.data import labelled

from .figures import Figures, figures, plain
from .noise import levels, noise
from .source import Source, find
from .statistics import statistics

PAGE, RECORD = "report.html", "report.json"
Progress = Callable[[int, int], Any]


def write(path: str | os.PathLike[str], *, data: str | os.PathLike[str] | None = None,
          out: str | os.PathLike[str] | None = None, images: int | None = None, with_noise: bool = False,
          progress: Progress = lambda count, total: None) -> Path:
    """Write the report of a network or of a training's folder; return the path of its page.

    Parameters
    ----------
    path : path
        A shipped network's name, a network artefact, or the folder that a training left.
    data : path or None
        Folder of the data sets; None: BINSPIKE_DATA, or else the shipped samples.
    out : path or None
        Folder for `report.html`, `report.json` and a PNG file a section; None: ``report`` in a training's folder,
        ``build/report/NAME`` of a network. Files of these names in it are replaced, whole.
    images : int or None
        Classify the first so many test images; None: all.
    with_noise : bool
        Also measure accuracy under noise, which takes 25 times as long or more.
    progress : callable
        Called with the number of images just classified, and of all that there will be.

    Raises
    ------
    ModuleNotFoundError
        Matplotlib is not installed.
    OSError, ValueError
        There is no such network or data set, or a file is damaged or cannot be written.
    """
    from . import canvas  # noqa: F401 # what is not installed is told before anything is computed

    source = find(path)
    found = collect(source, data=data, images=images, with_noise=with_noise, progress=progress)
    return draw(found, Path(out or source.out))


def collect(source: Source, *, data: str | os.PathLike[str] | None = None, images: int | None = None,
            with_noise: bool = False, progress: Progress = lambda count, total: None) -> Figures:
    """All figures of a source; needs no Matplotlib.

    Parameters
    ----------
    source : Source
    data, images, with_noise, progress
        As for `write`.
    """
    words, pixels, labels = labelled(source.artefact, data)
    count = integer("images", len(pixels) if images is None else images, 1, len(pixels))
    pixels, labels, network = pixels[:count], labels[:count], source.artefact.network
    total = count * (1 + (1 + len(list(levels(network))) if with_noise else 0))

    def step(number: int) -> None:
        progress(number, total)
    seen = statistics(network, pixels, labels, progress=step)
    return figures(source.artefact, source.name, words, seen, learning=source.learning,
                   noise=noise(network, pixels, labels, progress=step) if with_noise else None)


def draw(found: Figures, out: Path) -> Path:
    """Draw all pictures and write them, their figures and the page into the folder ``out``; return the page's path."""
    from .canvas import png
    from .page import page
    from .sections import SECTIONS

    pictures = {section.name: png(section.draw, section.of(found)) for section in SECTIONS if section.of(found)}
    text = page(found, pictures)
    out.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        scratch.write(out / f"{name}.png", picture)
    scratch.write(out / RECORD, f"{json.dumps(plain(found), indent=2)}\n".encode())
    scratch.write(out / PAGE, text.encode())
    return out / PAGE
