"""Style, colours and file format of all pictures."""

import io
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

WIDTH = 9.0  # inches of every picture
NAME = 14  # characters of a class name
COLOURS = 4096  # of a picture that keeps only 256 of them
BARS = 64  # across a panel, at most; more ticks share one
BLUE, ORANGE, GREY, PALE = "#2b5c8a", "#c8691c", "#777777", "#f3e7d3"
STYLE: Any = {
    "figure.dpi": 100, "figure.facecolor": "white",
    "font.family": "DejaVu Sans", "font.size": 8.5, "axes.titlesize": 9, "axes.titlelocation": "left",
    "axes.labelsize": 8.5, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": .7,
    "axes.grid": False, "grid.color": "#dddddd", "grid.linewidth": .6, "xtick.major.width": .7,
    "ytick.major.width": .7, "lines.linewidth": 1.6, "legend.frameon": False, "legend.fontsize": 8.5,
    "text.parse_math": False,  # a class may be named $x$
}


def png(draw: Callable[[Any], Figure], figure: Any) -> bytes:
    """PNG file of the picture of ``figure``; the same figure gives the same bytes."""
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # in the name of a class
        canvas = FigureCanvasAgg(draw(figure))
        canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    if picture.getcolors(COLOURS):  # few: a third of the size, and nothing to be seen of it
        picture = picture.quantize(256)
    file = io.BytesIO()
    picture.save(file, "png", optimize=True)
    return file.getvalue()


def paper(height: float) -> Figure:
    """Empty figure, ``height`` inches high, whose axes make room for their labels."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


def grid(count: int, columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """Figure of ``count`` axes in rows of ``columns``, each row ``height`` inches, and its axes in order."""
    columns = min(count, columns)
    rows = -(-count // columns)
    figure = paper(rows * height)
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(count)]
    return figure, axes


def whole(*axes: Any) -> None:
    """Mark ``axes`` (the x or y axis of a plot) at whole numbers only."""
    for axis in axes:
        axis.set_major_locator(MaxNLocator(integer=True, nbins="auto", min_n_ticks=1))


def size(shape: Sequence[int]) -> str:
    """Shape in words, without ones at its end: "12x24x24", and "10" of a flat one."""
    last = max((place for place, extent in enumerate(shape) if extent > 1), default=0)
    return "\u00d7".join(map(str, shape[:last + 1]))


def short(name: str) -> str:
    """Name of a class, cut to `NAME` characters."""
    return name if len(name) <= NAME else f"{name[:NAME - 1]}\u2026"
