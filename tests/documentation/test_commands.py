"""Commands in the pages exist, with the options they are given, and print what the pages say."""

import re
import shlex

import pytest

from binspike.cli import VERBS, main
from binspike.command import table
from bitstreams import shipped
from hw.bitstream import report
from hw.bitstream.folder import default
from tests.documentation.pages import ROOT, pages, sessions
from tests.helpers.builds import COMPILED

COMMANDS = ROOT / "docs" / "commands.md"
SESSIONS = [(page, command, printed) for page in pages() for command, printed in sessions(page)]
QUICK = ("convert", "data list", "estimate", "explore", "noise", "report", "simulate", "zoo")
LONG = ("doctor", "emit", "infer --simulate", "verify")


def those(*starts):
    """The commands that begin in one of these ways, and what they print."""
    return [pytest.param(command, printed, id=command) for _, command, printed in SESSIONS
            if command.removeprefix("binspike ").startswith(starts)]


def mentioned(page):
    """Every call of the program in a page: verb, and what follows in the line."""
    return re.findall(r"(?:^ +|^\$ |`|\.venv/bin/)binspike ([a-z]+)\b([^`#\n]*)", page.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def helped():
    """Help of the program for each verb."""
    return {}


def text_of(verb, helped, capsys):
    if verb not in helped:
        for arguments in ([verb, "--help"], *([verb, action, "--help"] for action in ("list", "check", "download"))):
            if verb == "data" or arguments == [verb, "--help"]:
                with pytest.raises(SystemExit):
                    main(arguments)
        helped[verb] = capsys.readouterr().out
    return helped[verb]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_verbs_and_options_exist(page, helped, capsys):
    for verb, rest in mentioned(page):
        assert verb in VERBS
        options = re.findall(r"(?<!\S)--[a-z-]+", rest)
        assert not [option for option in options if option not in text_of(verb, helped, capsys)], f"{verb}{rest}"


def test_every_verb_has_its_section():
    assert re.findall(r"^## `(.*)`$", COMMANDS.read_text(), re.MULTILINE) == VERBS


def compare(command, printed, told):
    """Equal, where dots in the page stand for whatever is printed."""
    lines = "\n".join(line.rstrip() for line in told.splitlines())
    pattern = re.escape(printed.rstrip()).replace(r"\.\.\.", ".*")
    assert re.fullmatch(pattern, lines, re.DOTALL), f"{command} prints\n{lines}"


def run_and_compare(command, printed, capsys, monkeypatch, folder):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("BINSPIKE_DATA", raising=False)
    for name, value in (COMPILED | {"XDG_CACHE_HOME": str(folder / "cache")}).items():
        monkeypatch.setenv(name, value)
    assert main(shlex.split(command)[1:]) == 0
    compare(command, printed, capsys.readouterr().out)


@pytest.mark.parametrize(("command", "printed"), those(*QUICK))
def test_command_prints_what_the_page_says(command, printed, capsys, monkeypatch, tmp_path):
    run_and_compare(command, printed, capsys, monkeypatch, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(("command", "printed"), those(*LONG))
def test_long_command_prints_what_the_page_says(command, printed, capsys, monkeypatch, tmp_path):
    run_and_compare(command, printed, capsys, monkeypatch, tmp_path)


@pytest.mark.parametrize(("command", "printed"), those("build"))
def test_build_prints_the_report_of_the_shipped_bitstream(command, printed):
    record = shipped.record(*(re.search(rf"{option} (\S+)", command)[1] for option in ("--network", "--board")))
    place = default(record["board"], record["network_sha256"])
    compare(command, printed, table([*report.rows(record), ("build folder", str(place)),
                                     ("report", str(place / "report.html"))]))
