"""Timing model of recurrent neurons, which holds that of their loop."""

from collections import deque
from collections.abc import Callable

from ..dataflow import cores
from .model import Back, Sink, TimingModel
from .shortcut import RING


class RecurrentTiming(TimingModel):
    """Timing of recurrent neurons: words of tick 0 come from the input, of later ticks from the loop.

    The words of the last tick are the output. Spikes wait for the loop in a ring buffer. The loop may start while
    words of tick 0 come in, but its sums are taken behind the last of them. A word of sums is computed in the cycle
    after it is taken; in the last tick, once the output before has gone.
    """

    def __init__(self, core: cores.RecurrentNeurons, loop: Callable[[Sink], TimingModel]) -> None:
        self.places, self.last, self.loop = core.places, core.places * (core.steps - 1), loop(Back(self.step))
        self.steps = 0  # of the neurons in this map
        self.free = 0  # cycle from which the next sums may be taken
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
        taken = max(offered, self.free)
        self.steps += 1
        self.free = taken + 1
        if self.steps <= self.last:
            self.spikes.append(self.free + RING)
        else:
            self.free = max(self.free, self.given)
            self.given = self.output.take(self.free + 1)
            if self.steps == self.last + self.places:  # the next map is begun when the last is done
                self.free, self.steps = self.free + 1, 0
        return taken
