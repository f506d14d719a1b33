"""Shard of a verification: some images through the Verilog, from reset on, against the golden models.

A shard is data that holds all it needs, so that any process on any machine with this program can check it.
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
from sim.compiled.compiler import STREAMING, SimulationError
from sim.compiled.simulator import Simulator
from sim.cycle.borders import driver, predict, record
from sim.cycle.transfers import Transfers
from sim.functional import network as functional
from sim.functional.network import Outcome
from sim.functional.psp import Array

from .design import Design
from .locate import Difference, earliest
from .schedule import Schedule

Record = dict[str, Any]


class Stopped(Exception):
    """The check of a shard was cancelled."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shard:
    """Images that follow each other from reset on, and the design to check them with.

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
        True: every transfer at every border is compared; False: those at both ends.
    program : str
        Value of `program` where the shard was made.
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
        """Images in the order in which the design takes pixels, uint8 (n, height, width, channels)."""
        return self.images.transpose(0, 2, 3, 1)

    def simulator(self) -> Simulator:
        """Compiled simulator of the design, as by `Design.simulator`."""
        return self.design.simulator(driver(chain(self.network, self.folding)) if self.borders else STREAMING)

    @property
    def digest(self) -> str:
        """SHA-256 of all that the record depends on."""
        labels = b"" if self.labels is None else self.labels.tobytes()
        parts = (artefact.network_digest(self.network), text(self.folding), self.design.digest, self.first,
                 self.images.tobytes(), labels, self.borders, self.program)
        return hashlib.sha256(repr(parts).encode()).hexdigest()


@lru_cache
def program() -> str:
    """SHA-256 of the source files of the golden models, and of their comparison with the design."""
    state = hashlib.sha256()
    for package in (Path(quant.__file__), Path(sim.__file__), Path(__file__)):
        for path in sorted(package.parent.rglob("*")):
            if path.suffix in (".py", ".cpp"):
                state.update(path.read_bytes())
    return state.hexdigest()


@lru_cache(maxsize=4)
def timing(network: Network, folding: Folding) -> Schedule:
    """Schedule of a network under a folding."""
    return Schedule(chain(network, folding), int(np.prod(network.input_shape)))


def check(shard: Shard, stopped: Callable[[], bool] = lambda: False) -> Record:
    """Record of the comparison of a shard's images in the design with the golden models.

    Returns
    -------
    dict
        ``images``; ``equal``, the number that agree in all; ``right``, the number whose class in the design is the
        label, or None; ``transfers``, the number compared; ``difference``: None, or the number of the first ``image``
        that differs, ``what`` differs, and where that is a number, ``expected`` and ``got`` (-1 for no cycle).

    Raises
    ------
    Stopped
        ``stopped``, which is called after each image, returned true.
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
    """Number of cycles without a transfer after which a simulation ends."""
    return 2 * (times.copies * times.initiation_interval + times.latency) + 1000


def _facts(seen: Transfers, golden: Outcome, times: Schedule) -> dict[str, tuple[Array, Array]]:
    """Expected and simulated values of each image, by name of the quantity; arrays whose first axis is the image."""
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
