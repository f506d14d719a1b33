"""The pages for people: what they link to, what they run, and what they show."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
INDEX = ROOT / "docs" / "README.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)|<img src=\"([^\"]+)\"")


def pages() -> list[Path]:
    """Every Markdown file of the project: those that git knows, or would take."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT,
                            text=True, capture_output=True, check=True).stdout
    return sorted(ROOT / name for name in set(listed.splitlines()) if (ROOT / name).exists())


def blocks(page: Path, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return [text for found, text in FENCE.findall(page.read_text()) if found == language]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text())


def links(page: Path) -> list[str]:
    """Targets of links and pictures that are not on the Web."""
    targets = [link or image for link, image in LINK.findall(prose(page))]
    return [target for target in targets if not re.match(r"\w+:", target)]


def anchors(page: Path) -> set[str]:
    """Anchors that a link may name behind #, as GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sessions(page: Path) -> list[tuple[str, str]]:
    """Commands of the console blocks, each with what it prints as the page has it."""
    parts = [part for text in blocks(page, "console") for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]
    return [(command, printed) for command, _, printed in (part.partition("\n") for part in parts)]


def table(page: Path, heading: str) -> list[dict[str, str]]:
    """Rows of the first table below a heading, by column."""
    section = page.read_text().partition(f"# {heading}\n")[2]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert lines, f"{page.name} must have a table under {heading}"
    header, _, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in lines[0].splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]
