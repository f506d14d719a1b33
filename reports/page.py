"""HTML page of a whole report: one file without scripts or references, pictures inside."""

import base64
import html
from collections.abc import Mapping

from .figures import Figures
from .sections import SECTIONS
from .tables import Rows, summary

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
img {{ display: block; max-width: 100%; height: auto; background: #fff; border-radius: 4px; }}
table {{ border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem 1.25rem .3rem 0; border-bottom: 1px solid #8884; }}
th {{ font-weight: 600; }}
td {{ overflow-wrap: anywhere; }}
section {{ break-inside: avoid; }}
@media screen and (prefers-color-scheme: dark) {{
  body {{ background: #181818; color: #e8e8e8; }}
  img {{ padding: .5rem; box-sizing: border-box; }}
}}
@media print {{ body {{ font-size: 10pt; margin: 0; max-width: none; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{head}
{sections}
</body>
</html>
"""


def page(figures: Figures, pictures: Mapping[str, bytes]) -> str:
    """HTML text of a report.

    Parameters
    ----------
    figures : Figures
    pictures : name of a section to its PNG file
        Sections without one are left out.
    """
    title = f"{figures.summary.network}: {figures.summary.accuracy:.2%} of {figures.summary.data}"
    parts = []
    for section in SECTIONS:
        if section.name in pictures:
            rows = _table(section.table(section.of(figures)), header=True) if section.table else ""
            parts.append(f'<section id="{section.name}">\n<h2>{html.escape(section.title)}</h2>\n'
                         f"<p>{html.escape(section.text)}</p>\n{_image(section.title, pictures[section.name])}\n{rows}"
                         "</section>")
    return PAGE.format(title=html.escape(title), head=_table(summary(figures.summary)), sections="\n".join(parts))


def _image(title: str, png: bytes) -> str:
    return f'<img alt="{html.escape(title)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _table(rows: Rows, header: bool = False) -> str:
    """Rows as a table whose first column, and with ``header`` whose first row, are headings."""
    lines = []
    for place, row in enumerate(rows):
        tags = ["th" if column == 0 or header and place == 0 else "td" for column in range(len(row))]
        cells = "".join(f"<{tag}>{html.escape(text)}</{tag}>" for tag, text in zip(tags, row, strict=True))
        lines.append(f"<tr>{cells}</tr>\n")
    return f"<table>\n{''.join(lines)}</table>\n"
