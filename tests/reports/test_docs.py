"""docs/report.md names and shows what a report has."""

import re
from pathlib import Path

from reports.noise import KINDS
from reports.sections import SECTIONS

DOCS = Path(__file__).parents[2] / "docs" / "report.md"


def test_docs_name_every_section():
    headings = re.findall("^### (.*)$", DOCS.read_text(), re.MULTILINE)
    assert headings == [section.title for section in SECTIONS]


def test_docs_show_a_picture_of_every_section():
    shown = re.findall(r"^### (.*)\n\n!\[(.*)\]\(report/(.*)\.png\)$", DOCS.read_text(), re.MULTILINE)
    assert shown == [(section.title, section.title, section.name) for section in SECTIONS]
    files = list((DOCS.parent / "report").iterdir())
    assert {file.name for file in files} == {f"{section.name}.png" for section in SECTIONS}
    assert sum(file.stat().st_size for file in files) < 300_000


def test_docs_state_every_level_of_noise():
    rows = [line.strip("|").split(" | ") for line in DOCS.read_text().splitlines() if line.startswith("| ")][1:]
    assert {row[0].strip(): tuple(float(level) for level in row[3].split(",")) for row in rows} == {
        name: kind.levels for name, kind in KINDS.items()}
