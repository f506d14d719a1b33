"""Boards that bitstreams can be made for, and programmers that only note what they are asked."""

import pytest

from binspike import cli
from hw.bitstream import boards, folder

WITHOUT_UART = {"butterstick", "fomuhacker", "fomupvt", "ice40hx1kblinkevn", "ice40up5kbevn", "icebreakerbitsy",
                "logicbone", "logicbone85f", "orangecrabr0-1", "orangecrabr0-2", "orangecrabr0-2-25f",
                "orangecrabr0-2-85f", "tinyfpgabx", "upduinov1", "upduinov2", "upduinov3"}
USABLE = sorted(set(boards.registry()) - WITHOUT_UART - set(boards.UNUSABLE))
BITSTREAMS = {"icebreaker": "top.bin", "ulx3s-85f": "top.bit", "versaecp5": "top.bit"}


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Makes a programmer that notes its arguments; nothing else is on the PATH."""
    place = tmp_path / "tools"
    place.mkdir()
    monkeypatch.setenv("PATH", str(place))

    def make(name, status=0):
        tool = place / name
        tool.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word" >> {tmp_path}/called; done\nexit {status}\n')
        tool.chmod(0o755)
    return make


@pytest.fixture
def called(tmp_path):
    """The arguments of the programmer, of all its calls."""
    def read():
        return (tmp_path / "called").read_text().splitlines() if (tmp_path / "called").exists() else None
    return read


def build(place, board="icebreaker"):
    """A build folder with a bitstream of a few bytes."""
    place.mkdir(parents=True, exist_ok=True)
    (place / BITSTREAMS[board]).write_bytes(b"bits")
    folder.write_json(place / "report.json", {"board": board})
    folder.write_manifest(place, {})
    return place / BITSTREAMS[board]


def refuse(arguments, status, message, capfd):
    assert cli.main(["flash", *arguments]) == status
    out, err = capfd.readouterr()
    assert err == f"binspike: {message}\n"
    return out
