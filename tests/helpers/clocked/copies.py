"""Clocked models of networks side by side: of the queue in front of each, and of what deals images out to them."""

from collections.abc import Sequence
from typing import Protocol

from quant.dataflow import cores

from .model import ClockedModel


class Network(Protocol):
    """Clocked model of a chain of cores."""

    @property
    def valid(self) -> bool:
        """True if it offers a word."""

    def ready(self, sink: bool) -> bool:
        """True if it takes a word in this cycle."""

    def cycle(self, offering: bool, sink: bool) -> tuple[bool, bool]:
        """Simulate one clock cycle; return whether a word is transferred at the input, and at the output."""


class ClockedQueue(ClockedModel):
    """Clocked model of a queue: ``held`` words in all, ``shown`` of them for a cycle or longer, so one may leave."""

    def __init__(self, core: cores.Queue) -> None:
        self.depth = core.depth
        self.held = self.shown = 0

    @property
    def valid(self) -> bool:  # type: ignore[override]
        return self.shown > 0

    def ready(self, o_ready: bool) -> bool:
        return self.held < self.depth

    def clock(self, moved: bool, o_ready: bool) -> None:
        left = self.valid and o_ready
        self.shown = self.held - left
        self.held += moved - left


class ClockedCredits(ClockedModel):
    """Clocked model of credits: ``left`` of them, and the ``queue`` of the results of a pipeline that never stalls."""

    def __init__(self, core: cores.Credits, pipeline: Network) -> None:
        self.period, self.left, self.pipeline = core.period, core.depth, pipeline
        self.queue = ClockedQueue(cores.Queue(bit_planes=1, lanes=1, depth=core.depth))
        self.word = self.returned = self.cycles = 0

    @property
    def valid(self) -> bool:  # type: ignore[override]
        return self.queue.valid

    def ready(self, o_ready: bool) -> bool:
        return self.cycles > 0 and (self.word > 0 or self.left > 0)

    def clock(self, moved: bool, o_ready: bool) -> None:
        given = self.valid and o_ready
        taken, entered = self.pipeline.cycle(moved, True)
        assert taken == moved
        assert not entered or self.queue.ready(o_ready)
        self.queue.clock(entered, o_ready)
        self.left += self.returned - (moved and self.word == 0)
        self.returned, self.cycles = given, 1
        self.word = (self.word + moved) % self.period


class ClockedCopies(ClockedModel):
    """Clocked model of copies: ``turn`` is the network that takes words, ``due`` the one that gives the next result."""

    def __init__(self, core: cores.Copies, networks: Sequence[Network]) -> None:
        self.words, self.networks = core.words, networks
        self.word = self.turn = self.due = 0

    @property
    def valid(self) -> bool:  # type: ignore[override]
        return self.networks[self.due].valid

    def ready(self, o_ready: bool) -> bool:
        return self.networks[self.turn].ready(o_ready and self.turn == self.due)

    def clock(self, moved: bool, o_ready: bool) -> None:
        given = self.valid and o_ready
        for place, network in enumerate(self.networks):
            network.cycle(moved and place == self.turn, o_ready and place == self.due)
        self.word += moved
        if self.word == self.words:
            self.word, self.turn = 0, (self.turn + 1) % len(self.networks)
        self.due = (self.due + given) % len(self.networks)
