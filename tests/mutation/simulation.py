"""The suite's checks of a whole design, on a design with faults: every transfer at every border, under any stalls."""

from dataclasses import dataclass, replace
from pathlib import Path

from hw.emit import manifest
from quant.dataflow.chain import Node
from sim.compiled.simulator import Simulator
from sim.cycle.borders import INPUT, Border, driver, predict, record
from sim.cycle.stalls import ALWAYS, Bursts, Pattern, Random
from tests.mutation.netlist import SETTING, Fault, plant
from tests.mutation.subjects import Subject

PATIENCE = 12000  # cycles in which nothing moves; the checks below and a design without fault need fewer


@dataclass(frozen=True, kw_only=True)
class Check:
    """One way to stream the images of a subject.

    Parameters
    ----------
    name : str
    gap, stall : Pattern
        At the source and at the sink.
    warm_up : int
        Cycles of noise through the design, the last of them with a reset, before the images.
    """

    name: str
    gap: Pattern = ALWAYS
    stall: Pattern = ALWAYS
    warm_up: int = 0


CHECKS = (
    Check(name="no stalls"),
    Check(name="random stalls", gap=Random(seed=1), stall=Random(seed=2, stall=128)),
    Check(name="bursts", gap=Bursts(run=7, stall=2), stall=Bursts(run=1, stall=6)),
    Check(name="slow sink", stall=Bursts(run=1, stall=5000)),
    Check(name="slow source", gap=Bursts(run=1, stall=20)),
    *(Check(name=f"reset after {cycles} cycles", warm_up=cycles) for cycles in (30, 101, 400, 1013)),
)


@dataclass(frozen=True)
class Planted:
    """A compiled design with faults, and what is expected of it at every border under each of `CHECKS`."""

    simulator: Simulator
    nodes: list[Node]
    subject: Subject
    due: dict[str, dict[str, Border]]

    @classmethod
    def build(cls, subject: Subject, found: list[Fault], folder: Path, cache: Path) -> "Planted":
        """Plant ``found`` in the netlist of ``folder`` and compile the result into ``cache``."""
        core = subject.core
        # a fault in one bit of a bus looks like a loop through the bus
        recording = replace(driver(core.nodes), verilator_flags=("-Wno-UNOPTFLAT",))
        simulator = Simulator.build(plant(core, found, folder), manifest(core), cache, recording)
        due = {check.name: predict(core.nodes, subject.images, input_gap=check.gap, output_stall=check.stall)
               for check in CHECKS}
        return cls(simulator, core.nodes, subject, due)

    def killed_by(self, number: int) -> str:
        """The first check that tells the design with fault ``number`` (0: none) from the golden model; empty: none."""
        for check in CHECKS:
            Path(SETTING).write_text(f"{number:x}\n{check.warm_up:x}\n")
            *_, seen, error = record(self.simulator, self.nodes, self.subject.images, input_gap=check.gap,
                                     output_stall=check.stall, patience=PATIENCE)
            differing = [name for name, due in self.due[check.name].items()
                         if due.first_difference(_earlier(seen[name], check.warm_up)) is not None]
            if error or differing:
                return f"{check.name}: {_where(differing, self.nodes[-1].name, error)}"
        return ""


def _earlier(border: Border, cycles: int) -> Border:
    return Border(border.cycles - cycles, border.words)


def _where(differing: list[str], last: str, error: Exception | None) -> str:
    """Place of a difference, in words; one that the user of the design can see goes first."""
    if error:
        return "stands still" if "stands still" in str(error) else "more results than images"
    ends = [name for name in (INPUT, last) if name in differing]
    return "result" if last in ends else "input" if ends else f"border {differing[0]}"
