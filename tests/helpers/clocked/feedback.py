"""Clocked model of recurrent neurons, which clocks that of their loop."""

from typing import Protocol

from quant.dataflow import cores

from .model import ClockedModel


class Loop(Protocol):
    """Clocked model of the chain of cores that turns the spikes of one tick into the sums of the next."""

    def cycle(self, offering: bool, sink: bool) -> tuple[bool, bool]:
        """Simulate one clock cycle; return whether a word is transferred at the input, and at the output."""


class ClockedRecurrent(ClockedModel):
    """Clocked model of recurrent neurons: words of tick 0 come from the input, of later ticks from the loop.

    The words of the last tick are the output. Spikes wait for the loop in a ring buffer: ``held`` in all, ``shown`` of
    them for a cycle or longer, so that the loop can take them.
    """

    def __init__(self, core: cores.RecurrentNeurons, loop: Loop) -> None:
        self.places, self.steps, self.loop = core.places, core.steps, loop
        self.place = self.tick = self.held = self.shown = 0
        self.computes = self.ends = False  # the word that was taken in the cycle before, and whether of the last tick

    @property
    def last(self) -> bool:
        """True in the last tick, whose words are the output."""
        return self.tick == self.steps - 1

    def _moves(self, o_ready: bool) -> bool:
        return o_ready or not self.valid or not self.ends

    def ready(self, o_ready: bool) -> bool:
        return self.tick == 0 and not self.ends

    def _takes(self, o_ready: bool) -> bool:
        """True if a word of sums is taken from the loop in this cycle."""
        return self.tick > 0 and self._moves(o_ready)

    def clock(self, moved: bool, o_ready: bool) -> None:
        sent, summed = self.loop.cycle(self.shown > 0, self._takes(o_ready))
        step, moves = moved or summed, self._moves(o_ready)
        self.shown = self.held - sent
        self.held += (self.computes and not self.ends) - sent
        if o_ready or not self.valid:
            self.valid = self.ends
        if moves:
            self.computes, self.ends = step, step and self.last
        self.place += step
        if self.place == self.places:
            self.place, self.tick = 0, (self.tick + 1) % self.steps
