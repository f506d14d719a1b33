"""Clock cycle of every stream transfer of a chain of cores: exact, for any stall pattern, before synthesis."""

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise, repeat
from math import ceil
from typing import Any

from ..dataflow import cores
from ..dataflow.chain import Node, every, input_words, networks
from .computing import ReadoutTiming
from .model import Sink, TimingModel
from .models import timing_model

Pattern = Callable[[int], bool]
LIMIT = 10**10  # cycles
ROUNDS = 64  # images that are timed at most, until their intervals repeat in turns of at most so many:
TURNS = 4
FRAMES = 4  # of Python's stack that a core takes at most: a word is handed on from core to core by calls


def always(_: int) -> bool:
    """Stall pattern of an end that never stalls."""
    return True


@dataclass(frozen=True)
class TransferCycles:
    """Clock cycle of every transfer; cycle 0 is the first after reset.

    Parameters
    ----------
    inputs : list of int
        At the input of the chain; empty if not watched.
    borders : dict of str to list of int
        At the output of each core that is watched, by its name in the chain.
    """

    inputs: list[int]
    borders: dict[str, list[int]]


class End(TimingModel):
    """Taker of what a chain outputs, which stalls by a pattern, for ``limit`` cycles at most."""

    def __init__(self, pattern: Pattern = always, limit: int = LIMIT) -> None:
        self.pattern, self.limit = pattern, limit
        self.cycles: list[int] = []

    def take(self, offered: int) -> int:
        self.cycles.append(opened(self.pattern, offered, self.limit))
        return self.cycles[-1]


class Border(TimingModel):
    """A border whose transfers are recorded."""

    def __init__(self, output: Sink) -> None:
        self.output = output
        self.cycles: list[int] = []

    def take(self, offered: int) -> int:
        taken = self.output.take(offered)
        self.cycles.append(taken)
        return taken


class Chain(TimingModel):
    """The timing models of a chain of cores, each linked to the next; as a whole a timing model.

    Parameters
    ----------
    nodes : sequence of Node
    output : Sink
    decisions : iterable of int
        Tick at which each image is decided, for a chain that ends in a readout (``steps`` counts as the last tick);
        copies share them out as they do the images.
    watch : collection of str or None
        Borders whose transfers are recorded; None: all.

    Attributes
    ----------
    models : dict of str to TimingModel
    borders : dict of str to Border
        By the name of the core in front of it, those inside loops and branches included.
    """

    def __init__(self, nodes: Sequence[Node], output: Sink, decisions: Iterable[int],
                 watch: Collection[str] | None = None) -> None:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 1000 + FRAMES * len(list(every(nodes)))))
        self.decisions, self.watch = iter(decisions), watch
        self.models: dict[str, TimingModel] = {}
        self.borders: dict[str, Border] = {}
        for node in nodes:
            self.models[node.name] = self._model(node)
        for name, model in reversed(self.models.items()):
            if watch is None or name in watch:
                output = self.borders[name] = Border(output)
            model.output = output
            output = model
        self.first = output

    def _model(self, node: Node) -> TimingModel:
        if isinstance(node.core, cores.Readout):
            return ReadoutTiming(node.core, self.decisions)
        partner: list[Any] = []
        if node.fork:
            partner = [self.models[node.fork]]
        elif node.enclosed:
            partner = [partial(self._inner, node.enclosed)]
        elif node.branches:
            partner = [[partial(self._inner, branch) for branch in node.branches]]
        return timing_model(node.core, *partner)

    def _inner(self, nodes: Sequence[Node], output: Sink) -> "Chain":
        inner = Chain(nodes, output, self.decisions, self.watch)
        self.borders |= inner.borders
        return inner

    def start(self) -> None:
        for model in reversed(self.models.values()):
            model.start()

    def take(self, offered: int) -> int:
        return self.first.take(offered)

    def take_run(self, offered: int, words: int) -> int:
        return self.first.take_run(offered, words)

    def state(self) -> list[int]:
        return [number for model in self.models.values() for number in model.state()]

    def rest(self) -> int:
        """Cycle from which nothing moves any more, of a chain all of whose borders are watched."""
        moved = [border.cycles[-1] + 1 for border in self.borders.values() if border.cycles]
        return max([*moved, *(model.rest() for model in self.models.values())])


def opened(pattern: Pattern, cycle: int, limit: int) -> int:
    """First cycle from ``cycle`` on in which an end is open, ``limit`` at most."""
    while cycle < limit and not pattern(cycle):
        cycle += 1
    return cycle


def run(nodes: Sequence[Node], *, words: int, outputs: int, decisions: Sequence[int] = (), source: Pattern = always,
        sink: Pattern = always, watch: Collection[str] | None = None, limit: int = LIMIT) -> TransferCycles:
    """Cycle of every transfer while ``words`` input words stream through a chain and ``outputs`` words come out.

    Parameters
    ----------
    decisions, watch
        As of `Chain`; with all borders, the input is watched too.
    source, sink : callable
        Stall patterns: from a cycle to whether the source may offer a word in it, and whether the sink is ready. A
        source that has offered a word keeps offering it until it is taken.

    Raises
    ------
    TimeoutError
        The chain has not given all outputs after ``limit`` cycles.
    """
    end = End(sink, limit)
    chain = Chain(nodes, end, decisions, watch)
    chain.start()
    inputs, taken = [], -1
    for _ in range(words):
        taken = chain.take(opened(source, taken + 1, limit))
        inputs.append(taken)
    given = bisect_left(end.cycles, limit)
    if given < outputs or taken >= limit:
        raise TimeoutError(f"chain must give {outputs} outputs in {limit} cycles, not {given}")
    last = max(taken, end.cycles[outputs - 1] if outputs else -1)
    borders: dict[str, list[int]] = {node.name: [] for node in every(nodes)}
    borders |= {name: border.cycles for name, border in chain.borders.items()}
    return TransferCycles(inputs if watch is None else [],
                          {name: cycles[:bisect_right(cycles, last)] for name, cycles in borders.items()})


def run_images(nodes: Sequence[Node], *, pixels: int, decisions: Sequence[int], source: Pattern = always,
               sink: Pattern = always, watch: Collection[str] | None = None) -> TransferCycles:
    """Cycle of every transfer for one image of ``pixels`` an entry of ``decisions``; a whole network."""
    words = input_words(nodes, pixels) * len(decisions)
    return run(nodes, words=words, outputs=len(decisions), decisions=decisions, source=source,
               sink=sink, watch=watch)


def _mean_interval(cycles: Sequence[int]) -> Fraction | None:
    """Mean of the intervals between ``cycles`` once these repeat, one by one or in turn; None: they do not yet."""
    intervals = [after - before for before, after in pairwise(cycles)]
    for turn in range(1, TURNS + 1):
        if len(intervals) >= 2 * turn and intervals[-turn:] == intervals[-2 * turn:-turn]:
            return Fraction(sum(intervals[-turn:]), turn)
    return None


def initiation_interval(nodes: Sequence[Node], pixels: int) -> tuple[int, int]:
    """Initiation interval and latency of a whole network, in clock cycles.

    Returns
    -------
    (cycles_per_image, latency_cycles)
        Cycles between results when images follow each other with no gap, on average and rounded up: results of copies
        come in turn, and of few foldings at two intervals in turn; cycles from the first pixel to the result of an
        image by itself that is decided at the last tick, both included.
    """
    copies, words, end = len(networks(nodes)), input_words(nodes, pixels), End()
    chain = Chain(nodes, end, repeat(nodes[-1].core.bit_planes), watch=())
    chain.start()
    waiting = sum(node.core.waiting for node in every(nodes))  # words: the first images fill the places of these
    first, taken, mean = 3 + waiting // (copies * words), -1, None
    for rounds in range(1, ROUNDS + 1):
        for _ in range(copies * words):
            taken = chain.take(taken + 1)
        if rounds >= first and (mean := _mean_interval(end.cycles[copies - 1::copies])) is not None:
            break
    mean = mean or Fraction(end.cycles[-1] - end.cycles[-1 - copies * (rounds // 2)], rounds // 2)
    return ceil(mean / copies), end.cycles[0] + 1
