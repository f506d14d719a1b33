"""Timing models of networks side by side: of the queue in front of each, and of what deals images out to them."""

from collections import deque
from collections.abc import Callable, Sequence

from ..dataflow import cores
from .model import Back, Sink, TimingModel
from .shortcut import RING


class QueueTiming(TimingModel):
    """Timing of a queue: words wait in a ring of ``depth``."""

    def __init__(self, core: cores.Queue) -> None:
        self.frees = deque([0] * core.depth)  # cycle from which each place is free
        self.given = 0

    def take(self, offered: int) -> int:
        taken = max(offered, self.frees.popleft())
        self.given = self.output.take(max(taken + RING, self.given)) + 1
        self.frees.append(self.given)
        return taken


class CopiesTiming(TimingModel):
    """Timing of copies: words pass to one network after the other, an image each; so do results, without a register.

    A network hands its result on while it takes the words of that image, so results come in the order of the images.
    """

    def __init__(self, core: cores.Copies, networks: Sequence[Callable[[Sink], TimingModel]]) -> None:
        self.words = core.words
        self.networks = [network(Back(self.give)) for network in networks]
        self.word = self.turn = self.given = 0

    def start(self) -> None:
        for network in self.networks:
            network.start()

    def rest(self) -> int:
        return max(network.rest() for network in self.networks)

    def state(self) -> list[int]:
        return super().state() + [number for network in self.networks for number in network.state()]

    def take(self, offered: int) -> int:
        taken = self.networks[self.turn].take(offered)
        self.word += 1
        if self.word == self.words:
            self.word, self.turn = 0, (self.turn + 1) % len(self.networks)
        return taken

    def give(self, offered: int) -> int:
        """Give a result on, which is offered from cycle ``offered`` on; return the cycle in which it is taken."""
        taken = self.output.take(max(offered, self.given))
        self.given = taken + 1
        return taken
