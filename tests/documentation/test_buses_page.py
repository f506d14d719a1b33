"""The page about buses: its registers, its Python example's ports, and its commands are those of the program."""

import re

from hw.buses import BUSES
from hw.buses.registers import table
from tests.documentation.pages import ROOT
from tests.documentation.pages import table as rows

PAGE = ROOT / "docs" / "buses.md"


def test_registers_are_those_of_the_hardware():
    shown = re.findall(r"^\| ([0-9A-F]{2}) \| (\w+) \| ([rw]) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    hardware = table(window=True, reload=True)
    assert shown == [(f"{row.address:02X}", row.name, row.access, row.meaning) for row in hardware]


def test_every_bus_is_described():
    assert [row["kind"] for row in rows(PAGE, "Buses")] == [f"`{kind}`" for kind in BUSES]


def test_every_test_of_the_proof_exists():
    named = re.findall(r"`pytest (tests/\S+)`", PAGE.read_text())
    assert len(named) == 8
    assert all((ROOT / name).exists() for name in named)
