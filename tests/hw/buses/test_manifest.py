# amaranth: UnusedElaboratable=no
"""The folder of a core behind a bus: what tools say of its Verilog, and what the files beside it say."""

import json
import re
import shutil
import subprocess

import pytest

from hw.accelerator import Accelerator
from hw.bitstream import folder, toolchain
from hw.buses.bus import wrap
from hw.buses.registers import table
from hw.emit import write
from quant.dataflow.folding import parse
from tests.helpers.buses.frames import DIGEST
from tests.helpers.designs import TINY, tiny
from tests.hw.emission.lint import lint
from tests.hw.emission.test_vhdl import declared, instance
from tests.hw.test_emit import ports


@pytest.fixture(scope="module", params=[
    ("axi", True, True), pytest.param(("axi", False, False), marks=pytest.mark.long), ("wishbone", True, False),
    pytest.param(("wishbone", False, True), marks=pytest.mark.long)], ids=lambda param: "-".join(map(str, param)))
def emitted(request, tmp_path_factory):
    kind, crossing, reload = request.param
    if kind == "wishbone":
        pytest.importorskip("amaranth_soc", reason="amaranth-soc, of the extra 'wishbone', is not installed")
    out = tmp_path_factory.mktemp(kind) / "core"
    network = tiny()
    core = Accelerator(network, parse(TINY), reload=reload)
    write(wrap(kind, core, DIGEST, crossing=crossing), out, "eye", "a network")
    assert json.loads((out / "ports.json").read_text()).get("layout", "") == core.layout.hex()
    return kind, out, reload


def test_no_tool_says_anything(tmp_path, emitted):
    out = emitted[1]
    files = {name: (out / name).read_text() for name in ("eye.vlt", "eye.v")}
    assert lint(tmp_path, "eye", files, "-Wall") == (0, "")
    status, said = toolchain.run("yosys", ["-p", "read_verilog eye.v; hierarchy -check -top eye; proc; check -assert"],
                                 tmp_path)
    assert (status, "Warning" in said) == (0, False), said


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="no Icarus Verilog")
def test_icarus_verilog_says_nothing(tmp_path, emitted):
    icarus = subprocess.run(["iverilog", "-g2005", "-Wall", "-o", tmp_path / "eye.vvp", "eye.v"], cwd=emitted[1],
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (icarus.returncode, icarus.stdout) == (0, "")


def test_every_module_has_the_name_before_its_own(emitted):
    modules = re.findall(r"^module (\S+?)[( ]", (emitted[1] / "eye.v").read_text(), re.MULTILINE)
    assert modules[0] == "eye"
    assert all(module.startswith("\\eye.") for module in modules[1:])


def test_manifest_and_vhdl_list_the_ports(emitted):
    kind, out, reload = emitted
    design = json.loads((out / "ports.json").read_text())
    assert (design["top"], design["bus"], design["result"]) == ("eye", kind, [])
    assert design["ports"] == ports((out / "eye.v").read_text(), "eye")
    text = (out / "eye.vhd").read_text()
    assert declared(text) == design["ports"]
    assert instance(text) == {name: name for name in design["ports"]}
    assert all(line.startswith("--") for line in text.partition("end package;\n")[2].splitlines() if line)


def test_manifest_and_header_list_the_registers(emitted):
    kind, out, reload = emitted
    listed = [(row["name"], row["address"]) for row in json.loads((out / "ports.json").read_text())["registers"]]
    assert listed == [(row.name, row.address) for row in table(window=kind == "wishbone", reload=reload)]
    defined = re.findall(r"^#define EYE_(\w+) (0x[0-9a-f]+)$", (out / "eye.h").read_text(), re.MULTILINE)
    assert [(name, int(address, 16)) for name, address in defined] == listed


def test_files_are_those_of_the_bus(emitted):
    kind, out, reload = emitted
    common = {"eye.il", "eye.v", "eye.h", "eye.vhd", "eye.vlt", "eye.core", "ports.json"}
    assert folder.manifest(out)["files"].keys() == common | ({"eye.py"} if kind == "wishbone" else set())
