"""Accuracy of a network at every level, from training to the netlist, and its agreement with the golden model."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from hw.accelerator import Accelerator
from quant.dataflow.chain import chain
from quant.description.network import Network
from quant.files.provenance import Provenance
from quant.timing.simulation import run_images
from sim.cycle import payload
from sim.functional import network as functional
from sim.functional.network import Outcome
from sim.functional.psp import Array

from .builds import Target
from .design import Design, emit
from .images import Images
from .netlist import synthesise
from .proof import shards
from .shard import timing
from .workers import Submit

Classify = Callable[[Network, Array], Outcome]


@dataclass(frozen=True, kw_only=True)
class Level:
    """Result of one level, a row of the table.

    Parameters
    ----------
    name : str
    images : int or None
        Number of images classified; None if the level is not available.
    right : int or None
        Number of them classified correctly; None if that is not known.
    equal : int or None
        Number of them that agree with the functional golden model in class, tick and potentials, and where there are
        cycles, with their prediction; None if that is not compared.
    note : str
        Remark on the row.
    """

    name: str
    images: int | None = None
    right: int | None = None
    equal: int | None = None
    note: str = ""

    @property
    def differs(self) -> bool:
        """True if an image does not agree."""
        return self.equal is not None and self.equal != self.images


def trained(provenance: Provenance) -> Level:
    """Level of the float model, as its training recorded it."""
    if provenance.float_correct is None:
        return Level(name="float training", note="not recorded by this network's training")
    return Level(name="float training", images=provenance.images, right=provenance.float_correct,
                 note="recorded by training")


def quantised(network: Network, chosen: Images, golden: Outcome, classify: Classify | None) -> Level:
    """Level of the integer network in PyTorch; ``classify`` is None where torch is not installed."""
    name = "quantised, PyTorch"
    if classify is None:
        return Level(name=name, note="torch is not installed")
    return _compared(name, chosen, classify(network, chosen.pixels), golden)


def functional_model(chosen: Images, golden: Outcome) -> Level:
    """Level of the functional golden model, with which all others are compared."""
    return _compared("functional golden model", chosen, golden, golden)


def cycle_model(target: Target, chosen: Images, golden: Outcome) -> Level:
    """Level of the cycle golden model: every word of every core, in plain Python, and the cycle of each result."""
    nodes, times = chain(target.source.network, target.folding), timing(target.source.network, target.folding)
    found = []
    for image in chosen.pixels:
        (word,) = payload.borders(nodes, [image.transpose(1, 2, 0).ravel().tolist()])[nodes[-1].name]
        found.append(word)
    class_index, tick, *potentials = np.array(found).T
    due = run_images(nodes, pixels=times.pixels, decisions=tick.tolist(), watch={nodes[-1].name})
    on_time = np.array(due.borders[nodes[-1].name]) == times.cycles(golden.tick[:len(found)])[1]
    outcome = Outcome(class_index=class_index, tick=tick, potentials=np.stack(potentials, axis=1))
    return _compared("cycle golden model", chosen, outcome, golden, on_time)


def _compared(name: str, chosen: Images, got: Outcome, golden: Outcome, on_time: Array | bool = True) -> Level:
    count = len(chosen.pixels)
    equal = (got.class_index == golden.class_index[:count]) & (got.tick == golden.tick[:count]) & on_time
    equal &= (got.potentials == golden.potentials[:count]).all(axis=1)
    right = None if chosen.labels is None else int((got.class_index == chosen.labels).sum())
    return Level(name=name, images=count, right=right, equal=int(equal.sum()))


def _first(chosen: Images, count: int) -> Images:
    labels = None if chosen.labels is None else chosen.labels[:count]
    return replace(chosen, pixels=chosen.pixels[:count], labels=labels, whole=False)


def design(name: str, target: Target, made: Design, chosen: Images, submit: Submit) -> Level:
    """Level of Verilog or a netlist in the compiled simulator; the cycle of every pixel and result is compared too.

    Raises
    ------
    SimulationError
        A tool is missing or refuses the design.
    """
    parts = shards(target, made, chosen.pixels, chosen.labels, borders=False)
    records = [future.result() for future in [submit(part) for part in parts]]
    differences = [record["difference"] for record in records if record["difference"]]
    return Level(name=name, images=len(chosen.pixels), equal=sum(record["equal"] for record in records),
                 right=None if chosen.labels is None else sum(record["right"] for record in records),
                 note="; ".join(f"image {found['image']}: {found['what']}" for found in differences[:1]))


def levels(target: Target, chosen: Images, submit: Submit, *, classify: Classify | None, slow: int = 100,
           families: Iterable[str] = ("ice40", "generic"), progress: Callable[[str], object] = lambda name: None,
           ) -> Iterator[Level]:
    """Results of all levels, from training to the netlists.

    Parameters
    ----------
    chosen : Images
        Images for all levels but those that are slow.
    submit : callable
        Hands a part of the images to a worker; see `verify.workers`.
    classify : callable or None
        Outcome of a network for images, computed by PyTorch; None where torch is not installed.
    slow : int
        Number of images for the cycle golden model and the netlists.
    families : iterable of str
        Families of the netlists; see `verify.netlist.cells`.
    progress : callable
        Called with the name of a level before it is computed, where that takes long.

    Raises
    ------
    BuildError, SimulationError, ToolchainError
        A tool is missing or failed.
    """
    network = target.source.network
    few = _first(chosen, slow)
    yield trained(target.source.provenance)
    golden = functional.run(network, chosen.pixels)
    progress("PyTorch")
    yield quantised(network, chosen, golden, classify)
    yield functional_model(chosen, golden)
    progress("cycle golden model")
    yield cycle_model(target, few, golden)
    progress("RTL")
    yield design("RTL", target, emit(network, target.folding), chosen, submit)
    for family in families:
        progress(f"{family} netlist")
        netlist = synthesise(Accelerator(network, target.folding), family)
        yield design(f"netlist, {family}", target, netlist.design, few, submit)
