"""Timing model of recurrent neurons, which holds that of their loop."""

from collections import deque
from collections.abc import Callable

from ..dataflow import cores
from .model import Back, Sink, TimingModel
from .shortcut import RING


class RecurrentTiming(TimingModel):
    """Timing of recurrent neurons: words of tick 0 come from the input, of later ticks from the loop.

    The words of the last tick are the output. Spikes wait for the loop in a ring buffer. The loop may start while
    words of tick 0 come in, but its sums are taken behind the last of them.
    """

    def __init__(self, core: cores.RecurrentNeurons, loop: Callable[[Sink], TimingModel]) -> None:
        self.places, self.last, self.loop = core.places, core.places * (core.steps - 1), loop(Back(self.step))
        self.steps = 0  # of the neurons in this map
        self.free = 0  # cycle from which the next step may be
        self.given = self.sent = 0
        self.spikes: deque[int] = deque()  # cycle from which the ring shows each word

    def start(self) -> None:
        self.loop.start()

    def rest(self) -> int:
        return self.loop.rest()

    def state(self) -> list[int]:
        return super().state() + self.loop.state()

    def take(self, offered: int) -> int:
        taken = self.step(offered)
        if self.steps == self.places:
            while self.spikes:
                self.sent = self.loop.take(max(self.spikes.popleft(), self.sent + 1))
        return taken

    def step(self, offered: int) -> int:
        """Compute one tick of the neurons at a place; ``offered``: from this cycle on their sums are there."""
        cycle = max(offered, self.free)
        self.steps += 1
        self.free = cycle + 1
        if self.steps <= self.last:
            self.spikes.append(cycle + RING)
        else:
            cycle = max(cycle, self.given)
            self.free = cycle + 1
            self.given = self.output.take(cycle + 1)
            self.steps %= self.last + self.places
        return cycle
