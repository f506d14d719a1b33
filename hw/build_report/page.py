"""The page of a build: one HTML file, no scripts, nothing from elsewhere."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from ..bitstream.report import rows
from .charts import STYLE
from .colours import colours
from .placement import Placement, draw, width
from .sections import QUANTITIES, SECTIONS, WORDS, word

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }}
h2 {{ margin: 2.5rem 0 .25rem; break-after: avoid; }}
p {{ margin: .25rem 0 1rem; max-width: 46rem; break-after: avoid; }}
table {{ border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem 1.25rem .3rem 0; border-bottom: 1px solid #8884; }}
th {{ font-weight: 600; }}
td {{ overflow-wrap: anywhere; }}
section {{ break-inside: avoid; }}
ul {{ display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; list-style: none; margin: 1rem 0; padding: 0; }}
li i {{ display: inline-block; width: .8em; height: .8em; margin-right: .4em; }}
{style}
svg .ram {{ fill: none; stroke: currentColor; stroke-width: 2; }}
@media screen and (prefers-color-scheme: dark) {{ body {{ background: #181818; color: #e8e8e8; }} }}
@media print {{ body {{ font-size: 10pt; margin: 0; max-width: none; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{head}
{comparison}
{sections}
<section id="build">
<h2>The build</h2>
{build}
</section>
</body>
</html>
"""
HEAD = ("network", "accuracy", "board", "folding", "ticks", "latency", "clock", "images a second at clock",
        "images a second over UART")
COMPARED = ("cycles an image", "clock reached", "images a second at clock reached", "LUTs", "flip-flops", "block RAMs")


def page(record: dict[str, Any], placed: Placement) -> str:
    """A build's record, and where its cells are, as HTML."""
    found = colours([core["name"] for core in record["cores"] if core["name"] not in WORDS],
                    [stage["name"] for stage in record["stages"]])
    lines = rows(record)
    sections = [_section(section.name, section.title, section.text(record), section.draw(record, found))
                for section in SECTIONS if record[section.name]]
    return PAGE.format(title=html.escape(f"{record['network']} on {record['board']}"), style=STYLE,
                       head=_table([line for line in lines if line[0] in HEAD]),
                       comparison=_table(_comparison(record, dict(lines))),
                       sections="\n".join([*sections, _placement(placed, found)]),
                       build=_table([line for line in lines if line[0] not in HEAD + COMPARED]))


def _comparison(record: Mapping[str, Any], texts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """A header, and what was predicted beside what came out."""
    cycles = f"{record['cycles_per_image']:,}"
    estimates = [(title, f"{record[f'estimated_{key}']:,}", texts[title]) for key, title in QUANTITIES.items()]
    return [("", "predicted", "built"), ("cycles an image", cycles, "the same: cycles are exact"), *estimates,
            ("clock", f"{record['clock_mhz']:g} MHz asked for", f"{texts['clock reached']} reached"),
            ("images a second", f"{texts['images a second at clock']} at {texts['clock']}",
             f"{texts['images a second at clock reached']} at the clock reached")]


def _placement(placed: Placement, found: Mapping[str, str]) -> str:
    shown = [part for part in found if any(part in kind for kind in (placed.logic, placed.block_rams, placed.others))]
    legend = "".join(f'<li><i style="background:{found[part]}"></i>{html.escape(word(part))}</li>' for part in shown)
    text = ("Every tile of the device by what stands in it, filled as far as its LUTs and flip-flops are in use. "
            "Framed: block RAMs. Small squares: pins and buffers. Row 0 is at the top.")
    picture = f'<div style="max-width:{width(placed)}px">{draw(placed, found, "Placement")}</div>'
    return _section("placement", "Placement", text, f"{picture}\n<ul>{legend}</ul>")


def _section(name: str, title: str, text: str, content: str) -> str:
    return (f'<section id="{name}">\n<h2>{html.escape(title)}</h2>\n<p>{html.escape(text)}</p>\n{content}\n'
            "</section>")


def _table(lines: Sequence[tuple[str, ...]]) -> str:
    """Rows as a table whose first column is of headings; of three columns also the first row."""
    inside = "".join(_row(line, place == 0 and len(line) > 2) for place, line in enumerate(lines))
    return f"<table>\n{inside}</table>"


def _row(line: tuple[str, ...], header: bool) -> str:
    tags = ["th" if header or column == 0 else "td" for column in range(len(line))]
    cells = "".join(f"<{tag}>{html.escape(text)}</{tag}>" for tag, text in zip(tags, line, strict=True))
    return f"<tr>{cells}</tr>\n"
