"""Clock cycle of every stream transfer of a chain of cores: exact, for any stall pattern, before synthesis."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ..dataflow import cores
from ..dataflow.chain import Node
from .computing import ReadoutTiming
from .model import UNBOUNDED, TimingModel
from .models import timing_model

Pattern = Callable[[int], bool]


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


class TimingSimulation:
    """The timing models of a chain, clocked together.

    Parameters
    ----------
    nodes : sequence of Node
    decisions : sequence of int
        Tick at which each image is decided, for a chain that ends in a readout (``steps`` counts as the last tick).
    watch : collection of str or None
        Borders whose transfers are recorded; None: all, and the input.

    Attributes
    ----------
    now : int
        Cycles since reset.
    last : (list of bool, list of bool)
        Valid and ready of each border in the last cycle, the input first.
    moves : list of list of int
        Cycles of the transfers at each border that is watched, the input first.
    """

    def __init__(self, nodes: Sequence[Node], decisions: Sequence[int], watch: Collection[str] | None) -> None:
        self.names = [node.name for node in nodes]
        self.models: list[TimingModel] = []
        self.loops: list[TimingSimulation] = []
        for node in nodes:
            self.models.append(self._model(node, decisions, watch))
        self.watched = [watch is None, *(watch is None or name in watch for name in self.names)]
        self.moves: list[list[int]] = [[] for _ in self.watched]
        self.last: tuple[list[bool], list[bool]] = ([], [])
        self.now = self.out = 0

    def _model(self, node: Node, decisions: Sequence[int], watch: Collection[str] | None) -> TimingModel:
        if isinstance(node.core, cores.Readout):
            return ReadoutTiming(node.core, iter(decisions))
        partner: list[Any] = []
        if node.fork:
            partner = [self.models[self.names.index(node.fork)]]
        elif node.loop:
            self.loops.append(TimingSimulation(node.loop, decisions, watch))
            partner = self.loops[-1:]
        return timing_model(node.core, *partner)

    @property
    def transfers(self) -> TransferCycles:
        """Cycles of the recorded transfers, those inside loops included."""
        borders = dict(zip(self.names, self.moves[1:], strict=True))
        for loop in self.loops:
            borders |= loop.transfers.borders
        return TransferCycles(self.moves[0], borders)

    def _readies(self, sink: bool) -> list[bool]:
        """Ready of each border, the input first."""
        readies = [sink]
        for node in reversed(self.models):
            readies.append(node.ready(readies[-1]))
        return readies[::-1]

    def cycle(self, offering: bool, sink: bool) -> tuple[bool, bool]:
        """Simulate one clock cycle; return whether a word is transferred at the input, and at the output."""
        valids = [offering, *(node.valid for node in self.models)]
        readies = self._readies(sink)
        self.last = valids, readies
        for node, valid, ready, o_ready in zip(self.models, valids, readies, readies[1:], strict=False):
            node.clock(valid and ready, o_ready)
        self._record(1, self._moved)
        return valids[0] and readies[0], valids[-1] and readies[-1]

    @property
    def _moved(self) -> list[bool]:
        return [valid and ready for valid, ready in zip(*self.last, strict=True)]

    def _record(self, cycles: int, moved: list[bool]) -> None:
        self.out += cycles * moved[-1]
        for moves, moves_now, watched in zip(self.moves, moved, self.watched, strict=True):
            if moves_now and watched:
                moves.extend(range(self.now, self.now + cycles))
        self.now += cycles

    def stable_cycles(self, offering: bool, sink: bool) -> int:
        """Number of further cycles that surely repeat the last one, as long as ``offering`` and ``sink`` stay."""
        valids, readies = self.last
        if [offering, *(node.valid for node in self.models)] != valids or self._readies(sink) != readies:
            return 0
        stable = UNBOUNDED
        for node, taken, o_ready in zip(self.models, self._moved, readies[1:], strict=False):
            stable = min(stable, node.stable_cycles(taken, o_ready))
            if stable <= 0:
                return 0
        return stable

    def advance(self, cycles: int) -> None:
        """Repeat the last cycle ``cycles`` times at once, at most `stable_cycles` times."""
        for node, taken, o_ready in zip(self.models, self._moved, self.last[1][1:], strict=False):
            node.advance(cycles, taken, o_ready)
        self._record(cycles, self._moved)

    def stream(self, words: int, outputs: int, source: Pattern = always, sink: Pattern = always,
               limit: int = 10**10) -> None:
        """Simulate until ``words`` more words are in and ``outputs`` words are out since reset; parameters as of `run`.

        Raises
        ------
        TimeoutError
            The chain has not given all outputs after ``limit`` cycles.
        """
        free_running = source is always and sink is always
        left, offering = words, False
        while left or self.out < outputs:
            if self.now >= limit:
                raise TimeoutError(f"chain must give {outputs} outputs in {limit} cycles, not {self.out}")
            offering = left > 0 and (offering or source(self.now))
            before, offered = self.last, offering
            taken, given = self.cycle(offering, sink(self.now))
            if taken:
                left, offering = left - 1, False
            if free_running and before == self.last and (left > 0 or not offered):
                most = min(left - 1 if taken else limit, outputs - self.out - 1 if given else limit)
                skipped = min(most, self.stable_cycles(offered, True))
                if skipped > 0:
                    self.advance(skipped)
                    left -= skipped * taken

    def settle(self) -> None:
        """Simulate with no input and a free output until nothing moves any more."""
        while any(node.valid or node.stable_cycles(False, True) < UNBOUNDED for node in self.models):
            self.cycle(False, True)


def run(nodes: Sequence[Node], *, words: int, outputs: int, decisions: Sequence[int] = (), source: Pattern = always,
        sink: Pattern = always, watch: Collection[str] | None = None, limit: int = 10**10) -> TransferCycles:
    """Cycle of every transfer while ``words`` input words stream through a chain and ``outputs`` words come out.

    Parameters
    ----------
    decisions, watch
        As of `TimingSimulation`.
    source, sink : callable
        Stall patterns: from a cycle to whether the source may offer a word in it, and whether the sink is ready. A
        source that has offered a word keeps offering it until it is taken. With `always` at both ends, stretches of
        equal cycles are simulated at once.

    Raises
    ------
    TimeoutError
        The chain has not given all outputs after ``limit`` cycles.
    """
    simulation = TimingSimulation(nodes, decisions, watch)
    simulation.stream(words, outputs, source, sink, limit)
    return simulation.transfers


def run_images(nodes: Sequence[Node], *, pixels: int, decisions: Sequence[int], source: Pattern = always,
               sink: Pattern = always, watch: Collection[str] | None = None) -> TransferCycles:
    """Cycle of every transfer for one image an entry of ``decisions``, ``pixels`` input words each; a whole network."""
    return run(nodes, words=pixels * len(decisions), outputs=len(decisions), decisions=decisions, source=source,
               sink=sink, watch=watch)


def initiation_interval(nodes: Sequence[Node], pixels: int) -> tuple[int, int]:
    """Initiation interval and latency of a whole network, in clock cycles.

    Returns
    -------
    (cycles_per_image, latency_cycles)
        Cycles between results when images follow each other with no gap; cycles from the first pixel to the result of
        an image by itself that is decided at the last tick, both included.
    """
    decisions = [nodes[-1].core.bit_planes] * 3
    results = run_images(nodes, pixels=pixels, decisions=decisions, watch={nodes[-1].name}).borders[nodes[-1].name]
    return results[-1] - results[-2], results[0] + 1
