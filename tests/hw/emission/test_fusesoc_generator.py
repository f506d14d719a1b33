"""The generator for FuseSoC, as the real FuseSoC calls it, and Verilator on what it made."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.compiled.compiler import verilator_root
from tests.helpers.builds import FOLD
from tests.helpers.builds import network as network  # noqa: PLC0414

ROOT = Path(__file__).parents[3]
USER = """\
CAPI=2:
name: ::mine:1.0
filesets:
  rtl:
    depend: ["::binspike"]
    files: [mine.v]
    file_type: verilogSource
generate:
  eye:
    generator: binspike
    parameters: {parameters}
targets:
  default:
    flow: lint
    flow_options: {{tool: verilator, verilator_options: [-Wall]}}
    flags: {{tool: verilator}}
    generate: [eye]
    filesets: [rtl]
    toplevel: mine
"""
MINE = """\
module mine (input clk, input rst, output ready);
    /* verilator lint_off PINCONNECTEMPTY */
    eye core (.clk(clk), .rst(rst), .i__payload(8'd0), .i__valid(1'b0), .i__ready(ready),
              .o__payload(), .o__valid(), .o__ready(1'b0));
endmodule
"""


def lint(folder, parameters):
    """Status and output of FuseSoC's lint of a design with a generated core."""
    (folder / "cores").mkdir(exist_ok=True)
    (folder / "cores" / "mine.core").write_text(USER.format(parameters=parameters))
    (folder / "cores" / "mine.v").write_text(MINE)
    home = {name: str(folder / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    caches = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home["YOWASP_CACHE_DIR"] = os.environ.get("YOWASP_CACHE_DIR", str(caches / "YoWASP"))
    path = os.pathsep.join([str(verilator_root() / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    tools = {"PATH": path, "PYTHONPATH": str(ROOT), "VERILATOR_ROOT": str(verilator_root())}
    done = subprocess.run(
        [sys.executable, "-m", "fusesoc.main", "--cores-root", "cores", "--cores-root", ROOT / "scripts" / "fusesoc",
         "run", "--build-root", "build", "mine"], cwd=folder, env=os.environ | home | tools,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def test_verilator_says_nothing_of_a_generated_core(tmp_path, network):
    (tmp_path / "cores").mkdir()
    (tmp_path / "cores" / "my.safetensors").write_bytes(Path(network).read_bytes())
    status, said = lint(tmp_path, f'{{network: my.safetensors, fold: "{FOLD}", name: eye}}')
    assert status == 0, said
    assert "module eye(" in next((tmp_path / "build").rglob("eye.v")).read_text()
    assert "%Warning" not in said


@pytest.mark.parametrize(("parameters", "said"), [
    ("{fold: x, name: eye}", "look at 'network'"),
    ("{network: a, fold: x, name: eye, colour: red}", "look at 'colour'"),
    ('{network: mnist-up5k, fold: "1,1", name: eye}', "binspike: ")])
def test_wrong_parameters_are_said(tmp_path, parameters, said):
    status, told = lint(tmp_path, parameters)
    assert status != 0
    assert said in told
