"""A part of a proof: some images through the Verilog, from reset on, against the golden models.

A shard is data and holds all that it needs, so that any process on any machine that has this program can check it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import quant
import sim
from quant.dataflow.chain import chain
from quant.dataflow.folding import Folding, text
from quant.description.network import Network
from quant.files import artefact
from sim.compiled.verilate import STREAMING, SimulationError
from sim.compiled.verilator import Simulator
from sim.cycle.borders import driver, predict, record
from sim.cycle.transfers import Transfers
from sim.functional import network as functional
from sim.functional.network import Outcome
from sim.functional.psp import Array

from .design import Design
from .locate import Difference, earliest
from .schedule import Schedule, schedule

Record = dict[str, Any]


class Stopped(Exception):
    """Nobody waits for the shard any more."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shard:
    """Images that follow each other from reset on.

    Parameters
    ----------
    network : Network
    folding : Folding
    design : Design
        With taps if all borders are compared.
    first : int
        Number of the first image.
    images : uint8, (n, channels, height, width)
    labels : uint8, (n,), or None
    borders : bool
        Whether every transfer at every border is compared, or those at both ends.
    program : str
        `program` where the shard was made.
    """

    network: Network
    folding: Folding
    design: Design
    first: int
    images: Array
    labels: Array | None
    borders: bool
    program: str

    @property
    def words(self) -> Array:
        """The images in the order in which the design takes pixels."""
        return self.images.transpose(0, 2, 3, 1)

    def simulator(self) -> Simulator:
        """The compiled design, as by `Design.simulator`."""
        return self.design.simulator(driver(chain(self.network, self.folding)) if self.borders else STREAMING)

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides the record."""
        labels = b"" if self.labels is None else self.labels.tobytes()
        parts = (artefact.network_digest(self.network), text(self.folding), self.design.digest, self.first,
                 self.images.tobytes(), labels, self.borders, self.program)
        return hashlib.sha256(repr(parts).encode()).hexdigest()


@lru_cache
def program() -> str:
    """SHA-256 of the golden models, and of what compares them with the design."""
    state = hashlib.sha256()
    for package in (Path(quant.__file__), Path(sim.__file__), Path(__file__)):
        for path in sorted(package.parent.rglob("*")):
            if path.suffix in (".py", ".cpp"):
                state.update(path.read_bytes())
    return state.hexdigest()


@lru_cache(maxsize=4)
def timing(network: Network, folding: Folding) -> Schedule:
    """The schedule of a network's images; it takes about a second."""
    return schedule(chain(network, folding), int(np.prod(network.input_shape)))


def check(shard: Shard, stopped: Callable[[], bool] = lambda: False) -> Record:
    """Compare the images of ``shard``.

    Returns
    -------
    dict
        ``images``; ``equal``, how many of them agree in all; ``right``, how many classes of the design are the label,
        or None; ``transfers`` that were compared; ``difference``: None, or the number of the first ``image`` that
        differs, ``what`` does, and where it is a number, what was ``expected`` and ``got`` (-1 for no cycle).

    Raises
    ------
    Stopped
        ``stopped`` was true when it was asked, which is after each image.
    SimulationError
        Verilator or g++ is missing, or one of them refuses the design.
    ValueError
        The shard was made by another version of this program.
    """
    if shard.program != program():
        raise ValueError("every worker must have the binspike that asks for the proof, not another version of it")

    def watch(_: int) -> None:
        if stopped():
            raise Stopped

    times = timing(shard.network, shard.folding)
    options: dict[str, Any] = {"patience": patience(times), "progress": watch}
    if shard.borders:
        nodes = chain(shard.network, shard.folding)
        seen, borders, error = record(shard.simulator(), nodes, shard.words, **options)
        due = predict(nodes, shard.words)
        found = earliest(nodes, due, borders, len(shard.images))
        transfers = sum(len(border.cycles) for border in due.values())
    else:
        seen, error = shard.simulator().attempt(shard.words, **options)
        found, transfers = None, seen.input_cycles.size + seen.output_cycles.size
    facts = _facts(seen, functional.run(shard.network, shard.images), times)
    agree = np.all([_same(due, got) for due, got in facts.values()], axis=0)
    if found:
        agree[found.image:] = False
    return {"images": len(agree), "equal": int(agree.sum()), "transfers": transfers,
            "right": None if shard.labels is None else int((facts["class"][1] == shard.labels).sum()),
            "difference": _first(shard, facts, agree, found, error)}


def patience(times: Schedule) -> int:
    """Cycles after which a design without a transfer stands still."""
    return 2 * (times.initiation_interval + times.latency) + 1000


def _facts(seen: Transfers, golden: Outcome, times: Schedule) -> dict[str, tuple[Array, Array]]:
    """By name, what is due and what was seen of each image."""
    inputs, outputs = times.cycles(golden.tick)
    results = seen.results
    missing = seen.output_cycles < 0
    facts = {"cycle of pixel": (inputs, seen.input_cycles.reshape(inputs.shape)),
             "cycle of result": (outputs, seen.output_cycles)}
    for name, due, part in (("class", golden.class_index, "class_index"), ("tick", golden.tick, "tick"),
                            ("potential", golden.potentials, "potentials")):
        got = results[part].reshape(due.shape).copy()
        got[missing] = -1
        facts[name] = (due, got)
    return facts


def _same(due: Array, got: Array) -> Array:
    return (due == got).reshape(len(due), -1).all(axis=1)


def _first(shard: Shard, facts: dict[str, tuple[Array, Array]], agree: Array, found: Difference | None,
           error: SimulationError | None) -> Record | None:
    if agree.all():
        return {"image": shard.first + len(agree) - 1, "what": str(error)} if error else None
    at = int(agree.argmin())
    differing = [name for name, (due, got) in facts.items() if not np.array_equal(due[at], got[at])]
    if not differing:
        assert found
        return {"image": shard.first + at, "what": f"border {found.stage}"}
    what = differing[0]
    expected, got = (np.atleast_1d(values[at]) for values in facts[what])
    place = int((expected != got).argmax())
    return {"image": shard.first + at, "what": what if len(expected) == 1 else f"{what} {place}",
            "expected": int(expected[place]), "got": int(got[place])}
