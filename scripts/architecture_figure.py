"""Draws docs/architecture.svg: from an image set to a bitstream, and what is compared with what.

Every text stands in a filled box or in a grey that can be read on white and on black, so one file serves both.
"""

from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

PLACE = Path(__file__).parents[1] / "docs" / "architecture.svg"
WIDTH, HEIGHT = 944, 388
COLUMN, ROWS = 134, {"compared": 24, "flow": 152, "cores": 290}  # step from box to box; upper edges
BOX = (116, 54)
SOFTWARE, GOLDEN, HARDWARE, GREY = "#2f6fb3", "#8f6400", "#2a7a4b", "#7d8590"
DOCUMENT = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"
font-family="Helvetica, Arial, sans-serif" text-anchor="middle">
<title>From an image set to a bitstream, and the golden models beside it</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"
markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z" fill="{grey}"/></marker></defs>
{parts}
</svg>
"""


class Box(NamedTuple):
    """A step: its place, what it is called, what is in it, and the folder that makes it."""

    row: str
    column: float
    colour: str
    title: str
    detail: str
    folder: str = ""

    @property
    def x(self) -> float:
        """Left edge."""
        return 12 + self.column * COLUMN

    @property
    def y(self) -> float:
        """Upper edge."""
        return ROWS[self.row]

    @property
    def middle(self) -> tuple[float, float]:
        """Centre."""
        return self.x + BOX[0] / 2, self.y + BOX[1] / 2


FLOW = [
    Box("flow", 0, SOFTWARE, "Image set", "uint8, labelled", "image_sets/"),
    Box("flow", 1, SOFTWARE, "Training", "PyTorch, signs", "train_binary/"),
    Box("flow", 2, SOFTWARE, "Integer network", ".safetensors", "quant/"),
    Box("flow", 3, SOFTWARE, "Stages", "one a layer", "quant/dataflow/"),
    Box("flow", 4, HARDWARE, "Cores", "under a folding", "hw/cores/"),
    Box("flow", 5, HARDWARE, "Verilog, RTLIL", "by Amaranth", "hw/"),
    Box("flow", 6, HARDWARE, "Bitstream", "iCE40, ECP5", "hw/bitstream/"),
]
COMPARED = [
    Box("compared", 2, GOLDEN, "Functional", "golden model", "sim/functional/"),
    Box("compared", 3, GOLDEN, "Data model", "which words", "sim/cycle/"),
    Box("compared", 4, GOLDEN, "Timing model", "which cycles", "quant/timing/"),
    Box("compared", 5, HARDWARE, "Simulation", "by Verilator", "sim/compiled/"),
    Box("compared", 6, HARDWARE, "Board", "over UART", "hw/host/"),
]
CORES = [
    Box("cores", 0, HARDWARE, "Encoder", "spike times"),
    Box("cores", 1, HARDWARE, "Pad, window", "fan-in of a place"),
    Box("cores", 2, HARDWARE, "Synapses", "sums of ±1"),
    Box("cores", 3, HARDWARE, "Neurons", "V >= threshold"),
    Box("cores", 4, HARDWARE, "Pool", "earliest spike"),
    Box("cores", 6, HARDWARE, "Readout", "class, tick, V"),
]


def text(x: float, y: float, words: str, *, size: int, fill: str, more: str = "") -> str:
    """A line of text, centred at ``x`` unless ``more`` says otherwise."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}"{more}>{escape(words)}</text>'


def box(item: Box) -> list[str]:
    """A box, the two lines in it, and its folder above."""
    x, y = item.middle
    above = [text(x, item.y - 7, item.folder, size=11, fill=GREY, more=' font-family="monospace"')]
    return [
        f'<rect x="{item.x:g}" y="{item.y:g}" width="{BOX[0]}" height="{BOX[1]}" rx="6" fill="{item.colour}"/>',
        text(x, y - 4, item.title, size=12, fill="#ffffff", more=' font-weight="bold"'),
        text(x, y + 14, item.detail, size=11, fill="#ffffff"),
        *(above if item.folder else []),
    ]


def arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A grey arrow."""
    (x0, y0), (x1, y1) = start, end
    return f'<path d="M{x0:g} {y0:g}L{x1:g} {y1:g}" stroke="{GREY}" stroke-width="2" marker-end="url(#tip)"/>'


def along(row: list[Box]) -> list[str]:
    """Arrows from each box of a row to the next."""
    return [arrow((a.x + BOX[0] + 2, a.middle[1]), (b.x - 4, b.middle[1])) for a, b in zip(row, row[1:], strict=False)]


def signs() -> list[str]:
    """Signs between the boxes of the upper row: two models are one prediction, all else is compared."""
    return [text((a.x + BOX[0] + b.x) / 2, a.middle[1] + 6, sign, size=18, fill=GREY, more=' font-weight="bold"')
            for a, b, sign in zip(COMPARED, COMPARED[1:], "=+==", strict=False)]


def upwards() -> list[str]:
    """Arrows from what is made to what is compared of it."""
    above = {item.column: item for item in COMPARED}
    return [arrow((item.middle[0], item.y - 22), (item.middle[0], ROWS["compared"] + BOX[1] + 4))
            for item in FLOW if item.column in above]


def frame() -> list[str]:
    """Inside of the box of the cores: a chain, of which a part is repeated for each stage."""
    cores, first, last, top = FLOW[4], CORES[1], CORES[4], ROWS["cores"] - 30
    left, right = first.x - 8, last.x + BOX[0] + 8
    return [
        (f'<rect x="{left:g}" y="{top}" width="{right - left:g}" height="{BOX[1] + 62}" rx="8" fill="none" '
         f'stroke="{GREY}" stroke-dasharray="4 4"/>'),
        arrow((cores.middle[0], cores.y + BOX[1] + 2), (cores.middle[0], top - 4)),
        text((left + right) / 2, ROWS["cores"] - 11, "once for each stage", size=12, fill=GREY),
        text((left + right) / 2, ROWS["cores"] + BOX[1] + 21,
             "streams between all cores: valid, ready, and a payload that holds while it stalls", size=12, fill=GREY),
        text(CORES[0].x, ROWS["cores"] - 11, "pixels in", size=12, fill=GREY, more=' style="text-anchor:start"'),
        text(CORES[5].x + BOX[0], ROWS["cores"] - 11, "result out", size=12, fill=GREY,
             more=' style="text-anchor:end"'),
    ]


def caption() -> list[str]:
    """Words beside the upper row."""
    lines = ["Golden models predict class, tick,", "potentials, and the word and clock", "cycle of every transfer;",
             "hardware must give the same."]
    return [text(12, ROWS["compared"] + 3 + 17 * number, line, size=13, fill=GREY, more=' style="text-anchor:start"')
            for number, line in enumerate(lines)]


def figure() -> str:
    """The whole SVG document."""
    parts = [part for item in (*FLOW, *COMPARED, *CORES) for part in box(item)]
    parts += [*along(FLOW), *along(CORES), *signs(), *upwards(), *frame(), *caption()]
    return DOCUMENT.format(width=WIDTH, height=HEIGHT, grey=GREY, parts="\n".join(parts))


if __name__ == "__main__":
    PLACE.write_text(figure())
