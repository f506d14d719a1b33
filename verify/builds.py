"""Reference builds of shipped networks, for which this project states figures, and the targets of a verification."""

from dataclasses import dataclass

from hw.build import Job
from hw.clock import AUTO
from quant.dataflow import folding
from quant.dataflow.folding import Folding
from quant.files import artefact, zoo
from quant.files.artefact import Artefact


@dataclass(frozen=True)
class Reference:
    """A build of a shipped network.

    Parameters
    ----------
    board : str
    fold : str, optional
        Without: the build's own choice.
    clock : "auto" or float
    seed : int
        As `Job.plan` takes them.
    """

    board: str
    fold: str | None = None
    clock: str | float = AUTO
    seed: int = 1

    def plan(self, name: str) -> Job:
        """The build of the network ``name``."""
        return Job.plan(name, self.board, fold=self.fold, clock=self.clock, seed=self.seed)


REFERENCE = {  # of each shipped network
    "cifar-100-phase-deep": Reference("ulx3s-85f", "4,27,1 16,16,3 4,32,6 4,16,6 4,32,6 4,32,6 2,32,6 4,32,6 4,32,6 "
                                      "2,32,6 4,32,6 4,32,6 100,1,1"),
    "cifar-ecp5": Reference("ulx3s-85f", "8,27,7 16,432,1 16,96,1 4,96,1 1,4,1"),
    "cifar-latency": Reference("ulx3s-85f", "4,27,2 8,32,3 8,32,3 4,32,3 2,576,1 4,64,3 4,32,3 8,32,3 4,64,3 4,32,3 "
                               "4,64,3 4,64,3 10,1,1"),
    "cifar-phase": Reference("ulx3s-85f", "8,75,2 8,32,6 8,32,6 4,32,6 4,64,6 4,64,6 2,64,6 4,64,6 4,64,6 10,4,1"),
    "cifar-phase-deep": Reference("ulx3s-85f", "4,27,1 4,32,6 4,32,6 4,16,6 4,32,6 4,32,6 4,16,6 4,32,6 4,32,6 "
                                  "2,32,6 4,32,6 4,32,6 10,1,1"),
    "cifar-phase-wide": Reference("ulx3s-85f", "6,75,1 6,48,6 6,48,6 3,48,6 6,48,6 6,48,6 3,48,6 6,48,6 6,48,6 "
                                  "10,1,1", clock=74),
    "fashion-ecp5": Reference("ulx3s-85f", "16,25,1 8,800,1 8,64,1 1,2,1"),
    "fashion-equilibrium": Reference("ulx3s-85f", "5,112,2 5,100,1 1,10,1", clock=78),
    "fashion-phase": Reference("ulx3s-85f", "4,25,1 4,288,1 4,288,1 2,32,6 4,64,3 2,64,6 10,2,1"),
    "fashion-phase-deep": Reference("ulx3s-85f", "8,9,1 8,288,1 8,288,1 4,32,6 4,64,6 4,64,6 2,64,6 4,64,6 4,64,6 "
                                    "10,4,1"),
    "fashion-phase-wide": Reference("ulx3s-85f", "8,25,2 8,48,6 8,48,6 4,48,6 4,96,6 4,96,6 10,4,1", clock=75),
    "fashion-proxy": Reference("ulx3s-85f", "16,9,1 8,288,1 8,64,1 1,8,1", clock=80),
    "fashion-rate": Reference("icebreaker", "1,25,2 2,8,4 1,2,1", clock=36),
    "fashion-stidi": Reference("ulx3s-85f", "16,25,1 8,800,1 8,64,1 1,2,1"),
    "mnist-ecp5": Reference("ulx3s-85f", "30,25,7 30,750,1 2,40,1", clock=88),
    "mnist-equilibrium": Reference("ulx3s-85f", "8,25,4 8,432,1 5,16,1"),
    "mnist-latency": Reference("icebreaker", "1,25,1 1,4,3 10,1,1"),
    "mnist-phase": Reference("ulx3s-85f", "8,25,1 4,144,1 4,144,1 4,144,1 4,32,6 4,32,6 10,4,1", clock=92),
    "mnist-stidi": Reference("ulx3s-85f", "2,25,7 10,30,7 1,10,1"),
    "mnist-up5k": Reference("icebreaker", "4,25,1 4,12,7 1,4,1", clock=36, seed=2),
    "mnist-w1a1": Reference("icebreaker"),
    "nmnist-rate": Reference("icebreaker", "1,50,1 1,8,6 1,1,1", clock=36, seed=2),
}


@dataclass(frozen=True)
class Target:
    """Network and folding of a design.

    Parameters
    ----------
    name : str
        Name of the network, for people.
    source : Artefact
    folding : Folding
    """

    name: str
    source: Artefact
    folding: Folding


def reference(name: str) -> Job:
    """The reference build of a shipped network.

    Raises
    ------
    ValueError
        It has none.
    """
    if name not in REFERENCE:
        raise ValueError(f"network must be one of {', '.join(REFERENCE)} to have a reference build, not {name!r}; "
                         "give a folding by --fold, or a board by --board")
    return REFERENCE[name].plan(name)


def target(network: str, fold: str | None = None, board: str | None = None, copies: int | None = None) -> Target:
    """Network of a name or file with a folding: ``fold``, that of a build for ``board``, or of its reference build.

    With ``copies``, so many cores of this folding are side by side.

    Raises
    ------
    ValueError
        There is no such network or board, the file is no network, the folding does not fit the network, or no folding
        fits the board.
    """
    path = zoo.path(network)
    name, source = path.name.removesuffix(zoo.SUFFIX), artefact.load(path)
    if board is None and fold is not None:
        return Target(name, source, folding.check(source.network, folding.parse(fold, copies)))
    if board is None and network not in zoo.names():
        raise ValueError(f"network {network} has no reference build; give a folding by --fold, or a board by --board")
    if board is not None:
        job = Job.plan(network, board, fold=fold, copies=copies)
        return Target(name, job.source, job.folding)
    job = reference(network)
    return Target(name, job.source, folding.copied(job.folding, 1 if copies is None else copies))
