"""Clock cycle of every transfer of a chain of cores, by clocked models: what the timing models are compared with.

All models are clocked together, cycle by cycle, as the hardware is; nothing is shared with `quant.timing`.
"""

from collections.abc import Sequence
from functools import singledispatch

from quant.dataflow import cores
from quant.dataflow.chain import Node

from .computing import ClockedCurrent, ClockedReadout, ClockedSerial, ClockedSynapses
from .copies import ClockedCopies, ClockedCredits, ClockedQueue
from .feedback import ClockedRecurrent
from .model import ClockedModel, Pipeline
from .moving import ClockedMemoryWindow, ClockedPad, ClockedRegisterSlice, ClockedRegisterWindow, ClockedUnpack
from .shortcut import ClockedFork, ClockedJoin

LIMIT = 10**6  # cycles


@singledispatch
def clocked(core: cores.Core) -> ClockedModel:
    """Clocked model of a core.

    A join also takes that of its fork, recurrent neurons their loop, copies their networks, a readout decisions.

    Raises
    ------
    TypeError
        There is no such core.
    """
    raise TypeError(f"core must have a clocked model, not {core!r}")


@clocked.register
def _(core: cores.Encoder) -> ClockedModel:
    return Pipeline(2, [True])


@clocked.register
def _(core: cores.Pack) -> ClockedModel:
    return Pipeline(1, [at == core.ratio - 1 for at in range(core.ratio)])


@clocked.register
def _(core: cores.Pool) -> ClockedModel:
    ends = [[at % size == size - 1 for at in range(extent)]
            for extent, size in ((core.height, core.size), (core.width, core.across))]
    return Pipeline(2, [y and x for y in ends[0] for x in ends[1] for _ in range(core.groups)])


@clocked.register
def _(core: cores.Resize) -> ClockedModel:
    return Pipeline(2, core.ends)


@clocked.register
def _(core: cores.UnrolledNeurons) -> ClockedModel:
    return Pipeline(core.steps + 1, [True])


@clocked.register
def _(core: cores.SerialNeurons) -> ClockedModel:
    return ClockedSerial(core, every_tick=False)


@clocked.register
def _(core: cores.OutputNeurons) -> ClockedModel:
    return ClockedSerial(core, every_tick=True)


for kind, model in ((cores.Current, ClockedCurrent), (cores.Fork, ClockedFork), (cores.Join, ClockedJoin),
                    (cores.RecurrentNeurons, ClockedRecurrent), (cores.Unpack, ClockedUnpack), (cores.Pad, ClockedPad),
                    (cores.Copies, ClockedCopies), (cores.Credits, ClockedCredits), (cores.Queue, ClockedQueue),
                    (cores.RegisterSlice, ClockedRegisterSlice), (cores.RegisterWindow, ClockedRegisterWindow),
                    (cores.MemoryWindow, ClockedMemoryWindow),
                    (cores.Synapses, ClockedSynapses), (cores.Readout, ClockedReadout)):
    clocked.register(kind, model)


class ClockedChain:
    """The clocked models of a chain, clocked together.

    Attributes
    ----------
    now : int
        Cycles since reset.
    moves : dict of str to list of int
        Cycles of the transfers behind each core.
    """

    def __init__(self, nodes: Sequence[Node], decisions: Sequence[int] = ()) -> None:
        self.models: dict[str, ClockedModel] = {}
        self.moves: dict[str, list[int]] = {}
        self.now, self.decisions = 0, decisions
        for node in nodes:
            self.moves[node.name] = []
            self.models[node.name] = clocked(node.core, *self._partner(node))

    def _partner(self, node: Node) -> list:
        if isinstance(node.core, cores.Readout):
            return [iter(self.decisions)]
        if node.fork:
            return [self.models[node.fork]]
        if node.enclosed:
            loop = ClockedChain(node.enclosed)
            self.moves |= loop.moves
            return [loop]
        if node.branches:
            return [[self._network(place, node.branches) for place in range(len(node.branches))]]
        return []

    def _network(self, place: int, branches: Sequence[Sequence[Node]]) -> "ClockedChain":
        network = ClockedChain(branches[place], self.decisions[place::len(branches)])
        self.moves |= network.moves
        return network

    @property
    def valid(self) -> bool:
        """True if the last core offers a word."""
        return list(self.models.values())[-1].valid

    def ready(self, sink: bool) -> bool:
        """True if the first core takes a word in this cycle; ``sink``: what takes those of the last is ready."""
        for model in reversed(self.models.values()):
            sink = model.ready(sink)
        return sink

    def cycle(self, offering: bool, sink: bool) -> tuple[bool, bool]:
        """Simulate one clock cycle; return whether a word is transferred at the input, and at the output."""
        readies = [sink]
        for model in reversed(self.models.values()):
            readies.append(model.ready(readies[-1]))
        readies.reverse()
        valids = [offering, *(model.valid for model in self.models.values())]
        moved = [valid and ready for valid, ready in zip(valids, readies, strict=True)]
        for (name, model), taken, given, o_ready in zip(self.models.items(), moved, moved[1:], readies[1:],
                                                        strict=False):
            model.clock(taken, o_ready)
            self.moves[name] += [self.now] * given
        self.now += 1
        return moved[0], moved[-1]

    def stream(self, words: int, outputs: int, source, sink) -> list[int]:
        """Simulate until ``words`` more words are in and ``outputs`` words are out; cycles of the words that are in."""
        taken: list[int] = []
        offering, out = False, 0
        while len(taken) < words or out < outputs:
            offering = len(taken) < words and (offering or source(self.now))
            moved, given = self.cycle(offering, sink(self.now))
            taken += [self.now - 1] * moved
            offering, out = offering and not moved, out + given
            if self.now > LIMIT:
                raise TimeoutError(f"chain must give {outputs} outputs, not {out}")
        return taken
