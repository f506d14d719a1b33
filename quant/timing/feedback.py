"""The timing model of recurrent neurons, which drives that of their loop."""

from typing import Protocol

from ..dataflow import cores
from .model import TimingModel


class Loop(Protocol):
    """What is between the spikes and the sums: a chain by itself."""

    def cycle(self, offering: bool, sink: bool) -> tuple[bool, bool]:
        """One cycle; whether a word moves in, and one out."""

    def room(self, offering: bool, sink: bool) -> int:
        """For how many further cycles all goes on as in the last one, if the ends do."""

    def repeat(self, cycles: int) -> None:
        """So many cycles at once, at most as many as `room` said."""


class RecurrentTiming(TimingModel):
    """Words of tick 0 come from the input, those of all others from the loop; those of the last tick are given.

    Spikes wait for the loop in a ring: ``held`` in all, ``shown`` of them for a cycle or longer.
    """

    def __init__(self, core: cores.RecurrentNeurons, loop: Loop) -> None:
        self.places, self.steps, self.loop = core.places, core.steps, loop
        self.place = self.tick = self.held = self.shown = 0
        self.stirred = False

    @property
    def last(self) -> bool:
        """Whether the word computed next is given."""
        return self.tick == self.steps - 1

    def ready(self, o_ready: bool) -> bool:
        return self.tick == 0

    def _takes(self, o_ready: bool) -> bool:
        """Whether sums of the loop are taken."""
        return self.tick > 0 and (o_ready or not self.valid or not self.last)

    def clock(self, moved: bool, o_ready: bool) -> None:
        sent, summed = self.loop.cycle(self.shown > 0, self._takes(o_ready))
        step, last, self.stirred = moved or summed, self.last, sent or summed
        if o_ready or not self.valid:
            self.valid = step and last
        self.shown = self.held - sent
        self.held += (step and not last) - sent
        self.place += step
        if self.place == self.places:
            self.place, self.tick = 0, (self.tick + 1) % self.steps

    def quiet(self, moved: bool, o_ready: bool) -> int:
        if moved or self.stirred or self.shown != self.held or self.valid and o_ready:
            return 0
        return self.loop.room(self.shown > 0, self._takes(o_ready))

    def skip(self, cycles: int, moved: bool, o_ready: bool) -> None:
        self.loop.repeat(cycles)
