"""The README is short, shows the figure that its command makes, and prints what the demonstration prints."""

import re
from types import SimpleNamespace

from binspike.command import table
from bitstreams import demo, shipped
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


def test_demonstration_is_that_of_the_shipped_bitstream():
    record = shipped.record(demo.NETWORK)
    cycles = record["cycles_per_image"]
    result = SimpleNamespace(cycles_predicted=cycles, cycles_simulated=cycles)
    out = demo.folder.default(demo.BOARD, record["network_sha256"])
    printed = "\n".join(f"    {line}" for line in table(demo.rows(record, result, out)).splitlines())
    assert printed in TEXT


def test_commands_of_make_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"`?make ([a-z-]+)", TEXT)) <= targets
