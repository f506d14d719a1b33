"""The emitted description of the core, as the real FuseSoC reads it."""

import os
import subprocess
import sys

import pytest

from hw.emission.fusesoc import core_file


def fusesoc(folder, *arguments):
    """Status and output of a command of FuseSoC, whose cores are those below ``folder``."""
    at_home = {name: str(folder / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    done = subprocess.run([sys.executable, "-m", "fusesoc.main", "--cores-root", "cores", *arguments], cwd=folder,
                          env=os.environ | at_home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def emitted(folder, name, version="1.2.3"):
    """Folder with a core of this name, without its design."""
    (folder / "cores").mkdir()
    (folder / "cores" / f"{name}.core").write_text(core_file(name, version, "network 12, folding 1,1,1"))
    for suffix in ("v", "vlt"):
        (folder / "cores" / f"{name}.{suffix}").write_text("")
    return folder


@pytest.mark.parametrize("name", ["eye", "on", "_1e3"])
def test_it_is_shown(tmp_path, name):
    status, said = fusesoc(emitted(tmp_path, name), "core", "show", name)
    shown = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
    assert status == 0, said
    assert shown["Name"].strip() == f"::{name}:1.2.3"
    assert shown["Description"].strip() == "network 12, folding 1,1,1"
    assert {"default ", "lint    "} <= shown.keys()


def test_what_follows_a_release_has_its_number(tmp_path):
    """FuseSoC takes no other versions."""
    status, said = fusesoc(emitted(tmp_path, "eye", "0.2.dev1+g12ab"), "core", "show", "eye")
    assert (status, "::eye:0.2\n" in said) == (0, True), said


def options(folder, target, core):
    """Options of Verilator that a target is set up with."""
    status, said = fusesoc(folder, "run", "--target", target, "--setup", "--build-root", "build", core)
    assert status == 0, said
    return next((folder / "build").rglob("*.vc")).read_text().split()


def test_the_linter_reads_the_waivers_first(tmp_path):
    words = options(emitted(tmp_path, "eye"), "lint", "eye")
    assert words[words.index("--lint-only") + 1:] == ["-Wall", "src/eye_1.2.3/eye.vlt", "src/eye_1.2.3/eye.v",
                                                      "--top-module", "eye"]


USER = """\
CAPI=2:
name: ::mine:1.0
filesets:
  rtl:
    depend: ["::eye:1.2.3"]
    files: [mine.v]
    file_type: verilogSource
targets:
  default:
    flow: lint
    flow_options:
      tool: verilator
{flags}    filesets: [rtl]
    toplevel: mine
"""


@pytest.mark.parametrize(("flags", "waivers"), [
    ("", []), ("    flags: {tool: verilator}\n", ["src/eye_1.2.3/eye.vlt"])])
def test_a_design_that_depends_on_it_has_its_waivers_for_verilator(tmp_path, flags, waivers):
    emitted(tmp_path, "eye")
    (tmp_path / "cores" / "mine.v").write_text("")
    (tmp_path / "cores" / "mine.core").write_text(USER.replace("{flags}", flags))
    files = [word for word in options(tmp_path, "default", "mine") if word.startswith("src/")]
    assert files == [*waivers, "src/eye_1.2.3/eye.v", "src/mine_1.0/mine.v"]
