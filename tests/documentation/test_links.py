"""Everything that the pages name is there: files, headings, modules."""

import importlib
import re

import pytest

from tests.documentation.pages import INDEX, README, ROOT, anchors, links, pages, prose

FOLDERS = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} | {"docs", "scripts", "benchmarks"}
MODULES = FOLDERS - {"binspike"}  # whose name files that it writes have too
by_page = pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())


def target(page, link):
    """File and anchor that a link names."""
    name, _, anchor = link.partition("#")
    return (page.parent / name).resolve() if name else page, anchor


def found(name):
    """True if a dotted name is a module, or something in one."""
    whole = name.split(".")
    for length in range(len(whole), 0, -1):
        try:
            value = importlib.import_module(".".join(whole[:length]))
        except ModuleNotFoundError:
            continue
        for part in whole[length:]:
            value = getattr(value, part, None)
        return value is not None
    return False


@by_page
def test_links_resolve(page):
    places = {link: target(page, link) for link in links(page)}
    wrong = [link for link, (file, anchor) in places.items()
             if not file.exists() or (anchor and anchor not in anchors(file))]
    assert not wrong


@by_page
def test_files_and_modules_in_the_text_exist(page):
    if page.name == "CHANGELOG.md":  # tells of what was
        return
    words = set(re.findall(r"`(?:python -m )?([\w./]+)[^`\n]*`", prose(page)))
    words = {word for word in words if not re.search(r"(?<![A-Z])(?:KIND|NAME)(?![A-Z])", word)}  # the reader's own
    files = {word for word in words if "/" in word and word.partition("/")[0] in FOLDERS}
    names = {word for word in words if "/" not in word and "." in word and word.partition(".")[0] in MODULES}
    assert not {file for file in files if not (ROOT / file).exists()} | {name for name in names if not found(name)}


def test_every_page_is_reached_from_the_index():
    reached, ahead = set(), [INDEX]
    while ahead:
        page = ahead.pop()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            ahead += [target(page, link)[0] for link in links(page)]
    assert {page for page in pages() if page.is_relative_to(INDEX.parent)} <= reached
    assert README in reached
    assert INDEX in {target(README, link)[0] for link in links(README)}
