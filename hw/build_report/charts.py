"""Bar charts as inline SVG: names at the left, panels of bars beside each other, a text behind each bar."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, NAMES, ROW, BAR, HEAD = 960, 180, 22, 13, 24  # pixels at full size
GAP = 6
STYLE = """\
svg { display: block; width: 100%; height: auto; }
svg text { fill: currentColor; font: 13px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
svg .end { text-anchor: end; }
svg .head { font-weight: 600; }
svg .strong { font-weight: 700; }
svg .track { fill: currentColor; fill-opacity: .08; }
svg .pale { fill-opacity: .4; }
svg .mark { stroke: currentColor; stroke-width: 2; }"""


@dataclass(frozen=True)
class Segment:
    """Part of a bar from ``start`` to ``end``."""

    start: float
    end: float
    colour: str
    pale: bool = False


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar.

    Parameters
    ----------
    segments : tuple of Segment
    text : str
        Behind the bar.
    mark : float or None
        Where a line crosses it.
    strong : bool
    """

    segments: tuple[Segment, ...]
    text: str
    mark: float | None = None
    strong: bool = False

    @property
    def end(self) -> float:
        """The last that is drawn."""
        return max(self.mark or 0, *(segment.end for segment in self.segments), 0)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Bars on one scale.

    Parameters
    ----------
    bars : sequence of Bar
    title : str
    most : float
        Length of the scale; 0: that of the longest bar.
    text : int
        Pixels for the texts.
    track : bool
        Whether the whole scale is shown behind each bar.
    """

    bars: Sequence[Bar]
    title: str = ""
    most: float = 0
    text: int = 60
    track: bool = False


def chart(label: str, names: Sequence[str], panels: Sequence[Panel]) -> str:
    """Panels beside each other, whose bars share their names.

    Parameters
    ----------
    label : str
        What the chart is, for who cannot see it.
    """
    head = HEAD if any(panel.title for panel in panels) else 0
    width = (WIDTH - NAMES) / len(panels)
    parts = [text(0, _base(head, row), name) for row, name in enumerate(names)]
    for place, panel in enumerate(panels):
        parts += _panel(panel, NAMES + place * width, width - 3 * GAP, head)
    return picture(WIDTH, head + ROW * len(names), label, parts)


def _base(head: float, row: int) -> float:
    return head + ROW * row + 16


def _panel(panel: Panel, left: float, width: float, head: float) -> Iterator[str]:
    most = panel.most or max((bar.end for bar in panel.bars), default=0) or 1
    scale = (width - panel.text) / most
    if panel.title:
        yield text(left, 14, panel.title, "head")
    for row, bar in enumerate(panel.bars):
        top = head + ROW * row + 5
        if panel.track:
            yield f'<rect class="track" x="{number(left)}" y="{top}" width="{number(most * scale)}" height="{BAR}"/>'
        for segment in bar.segments:
            yield (f'<rect{" class=" + chr(34) + "pale" + chr(34) if segment.pale else ""} fill="{segment.colour}" '
                   f'x="{number(left + segment.start * scale)}" y="{top}" '
                   f'width="{number((segment.end - segment.start) * scale)}" height="{BAR}"/>')
        if bar.mark is not None:
            at = number(left + bar.mark * scale)
            yield f'<path class="mark" d="M{at} {top - 2}v{BAR + 4}"/>'
        yield text(left + bar.end * scale + GAP, _base(head, row), bar.text, "strong" if bar.strong else "")


def picture(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """An SVG element."""
    inside = "\n".join(parts)
    return (f'<svg viewBox="0 0 {number(width)} {number(height)}" role="img" aria-label="{html.escape(label)}">\n'
            f"{inside}\n</svg>")


def text(x: float, y: float, content: str, kind: str = "") -> str:
    """A line of text that begins at a point."""
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{number(x)}" y="{number(y)}">{html.escape(content)}</text>'


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
