"""Runs a cocotb testbench on a Verilog design, and cannot pass by accident.

The design is compiled by `sim.compiled.compiler`, with Verilator's runtime compiled once for all designs: cocotb's own
build step takes 12 s for a small design, and runs a makefile that names the compiler of the machine that built the
wheel.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import cocotb_tools.config
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from sim.compiled.compiler import Driver, compiled

CACHE = Path(__file__).parents[2] / ".cache" / "verilator"
COCOTB = Driver(
    source=Path(cocotb_tools.config.share_dir) / "lib" / "verilator" / "verilator.cpp",
    prefix="Vtop",
    verilator_flags=("--vpi", "--public-depth", "1", "--timescale", "1ns/1ps"),
    linker_flags=(f"-Wl,-rpath,{cocotb_tools.config.libs_dir}", f"-L{cocotb_tools.config.libs_dir}",
                  "-lcocotbvpi_verilator"),
    runtime=("verilated.cpp", "verilated_threads.cpp", "verilated_vpi.cpp", "verilated_dpi.cpp"),
    optimise="-O0",  # the testbench in Python takes most of the time
)


def simulate(verilog: Path, top: str, testbench: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Run the tests of module ``testbench`` on the design ``top``.

    Raises
    ------
    AssertionError
        A test failed, no test ran, or an assertion of the design was violated; with the end of the log.
    """
    program = compiled(verilog, top, CACHE, COCOTB)
    folder.mkdir(parents=True, exist_ok=True)
    log, results = folder / "simulation.log", folder / "results.xml"
    with suppress(SystemExit, RuntimeError):  # a test failed; all ended early
        get_runner("verilator").test(
            hdl_toplevel=top, hdl_toplevel_lang="verilog", test_module=testbench, build_dir=program.parent,
            test_dir=folder, results_xml=str(results.resolve()), seed=0, extra_env=environment, log_file=log)
    count, failed = get_results(results) if results.exists() else (0, 0)
    text = log.read_text(errors="replace")
    passed = count > 0 and failed == 0 and "Assertion failed" not in text and "Verilog $stop" not in text
    assert passed, f"{count} tests, {failed} failed\n{text[-4000:]}"
