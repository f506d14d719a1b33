"""The README is short, shows the figure that its command makes, and prints what the demonstration prints."""

import re

from binspike.cli import main
from bitstreams import demo, shipped
from hw.bitstream import folder
from scripts import architecture_figure
from tests.documentation.pages import README, ROOT

TEXT = README.read_text()


def test_readme_is_short():
    assert len(TEXT.splitlines()) <= 120


def test_figure_is_what_its_command_makes():
    assert "(docs/architecture.svg)" in TEXT
    assert architecture_figure.PLACE.read_text() == architecture_figure.figure()


def test_folders_in_the_figure_exist():
    folders = {box.folder for box in (*architecture_figure.FLOW, *architecture_figure.COMPARED)}
    assert not {folder for folder in folders if not (ROOT / folder).is_dir()}


def test_demonstration_prints_what_the_readme_says(monkeypatch, capsys):
    """The report of the shipped bitstream in place of a build that takes minutes."""
    record = shipped.record(demo.NETWORK)
    cycles, out = record["cycles_per_image"], folder.default(demo.BOARD, record["network_sha256"])
    monkeypatch.setattr(demo, "run", lambda say: record | {
        "cycles_predicted": cycles, "cycles_simulated": cycles, "build": str(out)})
    assert main(["demo"]) == 0
    assert "\n".join(f"    {line}" for line in capsys.readouterr().out.splitlines()) in TEXT


def test_commands_of_make_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"`?make ([a-z-]+)", TEXT)) <= targets
