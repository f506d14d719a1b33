"""Timing model of recurrent neurons, which clocks that of their loop."""

from typing import Protocol

from ..dataflow import cores
from .model import TimingModel


class Loop(Protocol):
    """Timing of the chain of cores that turns the spikes of one tick into the sums of the next."""

    def cycle(self, offering: bool, sink: bool) -> tuple[bool, bool]:
        """Simulate one clock cycle; return whether a word is transferred at the input, and at the output."""

    def stable_cycles(self, offering: bool, sink: bool) -> int:
        """Number of further cycles that surely repeat the last one, as long as ``offering`` and ``sink`` stay."""

    def advance(self, cycles: int) -> None:
        """Repeat the last cycle ``cycles`` times at once, at most `stable_cycles` times."""


class RecurrentTiming(TimingModel):
    """Timing of recurrent neurons: words of tick 0 come from the input, of later ticks from the loop.

    The words of the last tick are the output. Spikes wait for the loop in a ring buffer: ``held`` in all, ``shown`` of
    them for a cycle or longer, so that the loop can take them.
    """

    def __init__(self, core: cores.RecurrentNeurons, loop: Loop) -> None:
        self.places, self.steps, self.loop = core.places, core.steps, loop
        self.place = self.tick = self.held = self.shown = 0
        self.loop_moved = False

    @property
    def last(self) -> bool:
        """True in the last tick, whose words are the output."""
        return self.tick == self.steps - 1

    def ready(self, o_ready: bool) -> bool:
        return self.tick == 0

    def _takes(self, o_ready: bool) -> bool:
        """True if a word of sums is taken from the loop in this cycle."""
        return self.tick > 0 and (o_ready or not self.valid or not self.last)

    def clock(self, moved: bool, o_ready: bool) -> None:
        sent, summed = self.loop.cycle(self.shown > 0, self._takes(o_ready))
        step, last, self.loop_moved = moved or summed, self.last, sent or summed
        if o_ready or not self.valid:
            self.valid = step and last
        self.shown = self.held - sent
        self.held += (step and not last) - sent
        self.place += step
        if self.place == self.places:
            self.place, self.tick = 0, (self.tick + 1) % self.steps

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        if moved or self.loop_moved or self.shown != self.held or self.valid and o_ready:
            return 0
        return self.loop.stable_cycles(self.shown > 0, self._takes(o_ready))

    def advance(self, cycles: int, moved: bool, o_ready: bool) -> None:
        self.loop.advance(cycles)
