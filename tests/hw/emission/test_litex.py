# amaranth: UnusedElaboratable=no
"""A RISC-V of LiteX that classifies images by the emitted module, in the compiled simulation of the whole SoC."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hw.accelerator import Accelerator
from hw.buses.bus import wrap
from hw.buses.registers import table
from hw.emission.litex import module
from hw.emit import write
from quant.dataflow.folding import parse
from sim.compiled.compiler import Driver, compiled
from tests.cocotb.runner import CACHE
from tests.helpers.buses import litex
from tests.helpers.buses.frames import DIGEST, frames, results
from tests.helpers.designs import TINY, tiny
from tests.helpers.refusals import refused

HERE = Path(litex.__file__).parent
ROOT = Path(__file__).parents[3]
LIMIT = 3_000_000  # cycles
BASE, ROWS = 0x30000000, table(window=True, reload=True)
PORTS = {"wb_adr": {"direction": "input", "width": 5}}
SIMULATION = Driver(source=HERE / "simulation.cpp", prefix="Vdesign", verilator_flags=("-Wno-fatal",))
NEEDED = {"litex": "litex and migen", "pythondata_cpu_vexriscv": "a RISC-V for LiteX", "ziglang": "a C compiler for it",
          "amaranth_soc": "amaranth-soc"}


def array(sent):
    words = [", ".join(f"0x{int.from_bytes(frame.pixels[at:at + 4], 'little'):08x}"
                       for at in range(0, len(frame.pixels), 4)) for frame in sent]
    return ",\n".join(f"{{{row}}}" for row in words)


@pytest.mark.long
@pytest.mark.parametrize("crossing", [False, True])
def test_a_risc_v_classifies_images(tmp_path, crossing):
    for name, what in NEEDED.items():
        pytest.importorskip(name, reason=f"{what} is not installed")
    network, core = tiny(), tmp_path / "core"
    sent = [frame for frame in frames(9, lanes=4) if not frame.errors]
    write(wrap("wishbone", Accelerator(network, parse(TINY)), DIGEST, crossing=crossing), core, "eye", "eye")
    shutil.copy(HERE / "firmware.c", core)
    (core / "frames.h").write_text(
        f"#define FRAMES {len(sent)}\n#define FRAME_WORDS 3\n#define RESULT_WORDS 5\n"
        f"static const uint32_t frames[FRAMES][FRAME_WORDS] = {{{array(sent)}}};\n")
    clock = ["core"] if crossing else []
    subprocess.run([sys.executable, "-m", "tests.helpers.buses.litex.soc", core, "eye", *clock], cwd=ROOT, check=True)
    design = core / "design.v"
    design.write_text("\n".join((core / name).read_text() for name in (core / "sources").read_text().split()))
    said = subprocess.run([compiled(design, "sim", CACHE, SIMULATION), str(LIMIT)], cwd=core, capture_output=True,
                          text=True)
    assert said.returncode == 0, said.stderr
    first, *lines = said.stdout.splitlines()
    assert first.split() == ["6273706b", DIGEST[:8]]
    assert [[int(word, 16) for word in line.split()] for line in lines] == results(network, sent)


@pytest.mark.parametrize(("ports", "expected"), [
    (PORTS, False), (PORTS | {"core_clk": {"direction": "input", "width": 1}}, True)])
def test_the_module_is_python_and_connects_every_port(ports, expected):
    text = module({"top": "eye", "ports": ports}, "a network")
    tree = ast.parse(text)
    assert [node.name for node in tree.body if isinstance(node, ast.ClassDef)] == ["eye"]
    names = {keyword.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords}
    assert ("i_core_clk" in names) == expected
    assert {"i_clk", "i_rst", "i_wb_cyc", "i_wb_adr", "o_wb_dat_r", "o_wb_ack"} <= names
    assert "bus.adr[:5]" in text
    assert "size = 128" in text
    assert "def load" not in text


class Registers:
    """Registers at an address, which take words as they come."""

    def __init__(self, status):
        self.at = {row.name: BASE + row.address for row in ROWS}
        self.values, self.written = {self.at["LAYOUT"]: 77, self.at["LOAD_STATUS"]: status}, []

    def read(self, address):
        return self.values[address]

    def write(self, address, value):
        self.written.append((next(name for name, at in self.at.items() if at == address), value))


def loads(status, *words):
    """Writes of the function ``load`` beside the LiteX module."""
    text = module({"top": "eye", "ports": PORTS, "layout": "", "registers": [vars(row) for row in ROWS]}, "a network")
    function = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    names, registers = {}, Registers(status)
    exec(ast.unparse(function), names)
    names["load"](registers, BASE, b"".join(word.to_bytes(4, "little") for word in words))
    return registers.written


def test_another_network_is_loaded_over_a_bus():
    assert loads(1, 77, 5, 6) == [("LOAD_BEGIN", 77), ("LOAD", 5), ("LOAD", 6)]
    with refused("^network must have the shape of the core's, in its folding; emit a core of this one$"):
        loads(1, 78, 5)
    with refused("^network must reach the core as it is; load it again$"):
        loads(3, 77, 5)
