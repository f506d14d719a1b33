"""Unbounded proofs without a solver beside Yosys: its ABC does property-directed reachability (PDR).

A specification is a component around a core, with every input free. Its `Assert` must hold in every reachable state,
as must those of the core itself; its `Assume` restricts the inputs. Reset is an input like any other: it may come at
any time. `reach` names cases that the proof is about. A proof counts only if a run is found in which they all occur:
else the claims might hold because nothing ever happens. That search alone is bounded; the proofs are not.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Const, Cover, Module, Signal
from amaranth.lib import wiring

from hw.bitstream import toolchain
from hw.names import plain

CACHE = Path(__file__).parents[2] / ".cache"  # a tool in WebAssembly does not see the system's temporary folder
FRAMES = 1000  # of a proof, at most: a bound that no busy machine reaches sooner
DEPTH = 400  # cycles of the run that is looked for
ANY = "module any(input a, input b, output c); assign c = a & b; endmodule\n"  # what Yosys starts ABC for
ANY_AGAIN = """\
.model netlist
.inputs ys__n0 ys__n1
.outputs ys__n2
.names ys__n0 ys__n1 ys__n2
11 1
.end
"""
OWN = "delete t:$check c:*dut.* %i\n"  # names of cells of the core, once it is flattened
YOSYS = """\
read_rtlil spec.il
prep -flatten -top top
check -assert
{own}delete -output o:*
memory_map
async2sync
chformal -lower
delete t:$print
opt -full -nodffe -nosdff
techmap
dffunmap
opt -full -nodffe -nosdff
design -save whole
delete t:$cover
aigmap
opt_clean
write_aiger -zinit proof.aig
design -load whole
delete t:$assert
chtype -set $assert t:$cover
aigmap
opt_clean
write_aiger -zinit reach.aig
design -reset
read_verilog any.v
techmap
abc -lut 4 -script prove.abc
"""
ABC = f"""\
read_aiger proof.aig
fold
dc2
orpos
pdr -F {FRAMES}
write_status proof.status
read_aiger reach.aig
fold
bmc3 -F {DEPTH}
write_status reach.status
read_blif any.blif
"""


@dataclass(frozen=True)
class Verdict:
    """Result of a proof.

    Parameters
    ----------
    outcome : str
        "proved", "refuted" or "undecided".
    cycles : int
        Of the shortest run found that violates a claim, if refuted.
    reached : int or None
        Cycles of a run in which all occurs that the proof is about.
    seconds : float
        Of a processor, in Yosys.
    """

    outcome: str
    cycles: int
    reached: int | None
    seconds: float

    @property
    def holds(self) -> bool:
        """True if the claims are proven, and all cases of `reach` can occur."""
        return self.outcome == "proved" and self.reached is not None


def reach(m: Module, **cases) -> None:
    """Ask for one run in which each of ``cases`` occurs, with or without a reset between them."""
    missing = Const(0)
    for name, case in cases.items():
        seen = Signal(name=f"seen_{name}", reset_less=True)
        with m.If(case):
            m.d.sync += seen.eq(1)
        missing = missing | ~seen
    m.d.comb += Cover(missing)  # becomes the claim that one is always missing


def prove(spec: wiring.Component) -> Verdict:
    """Prove all claims of ``spec`` for every state that it can ever reach."""
    CACHE.mkdir(exist_ok=True)
    before = os.times()
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        folder = Path(scratch)
        files = {"spec.il": plain(rtlil.convert(spec, name="top", emit_src=False)), "any.v": ANY, "any.blif": ANY_AGAIN,
                 "prove.ys": YOSYS.replace("{own}", "" if spec.own_asserts else OWN), "prove.abc": ABC}
        for name, text in files.items():
            (folder / name).write_text(text)
        status, said = toolchain.run("yosys", ["-q", "prove.ys"], folder)
        if status:
            raise RuntimeError(f"Yosys ended with status {status}: {said[-2000:]}")
        outcome, cycles = _status(folder / "proof.status")
        reached, length = _status(folder / "reach.status")
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return Verdict(outcome, cycles, length if reached == "refuted" else None, seconds)


def _status(path: Path) -> tuple[str, int]:
    word, frame, *_ = path.read_text().split()
    return {"snl_UNSAT": "proved", "snl_SAT": "refuted"}.get(word, "undecided"), int(frame) + 1

