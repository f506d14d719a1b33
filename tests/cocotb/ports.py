"""Two-phase ends and monitors of streams: each drives after a rising edge and observes at the falling edge after it.

All are plain objects that one loop steps, so a testbench with many borders stays quick and every transfer has a cycle.
Cycle 0 ends with the first clock edge after reset.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Protocol

from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

Pattern = Callable[[int], bool]


class Stream:
    """A stream that Amaranth has flattened into ports NAME__payload, NAME__valid and NAME__ready."""

    def __init__(self, dut: Any, name: str) -> None:
        self.name = name
        self.payload = getattr(dut, f"{name}__payload")
        self.valid = getattr(dut, f"{name}__valid")
        self.ready = getattr(dut, f"{name}__ready")

    @property
    def moves(self) -> bool:
        """True if a word is transferred in this cycle."""
        return self.valid.value == 1 and self.ready.value == 1


class Member(Protocol):
    """Part of a testbench that the loop steps."""

    def drive(self, cycle: int) -> None:
        """Set the inputs of this cycle."""

    def observe(self, cycle: int) -> None:
        """Look at the outputs of this cycle."""


class Source:
    """Offers words when its pattern is open, and holds each until it is taken. ``cycles`` says when each was."""

    def __init__(self, stream: Stream, words: Sequence[int], pattern: Pattern) -> None:
        self.stream, self.words, self.pattern = stream, words, pattern
        self.cycles: list[int] = []
        self.offering = False
        stream.valid.value = 0

    def drive(self, cycle: int) -> None:
        """Offer the next word, or none."""
        left = len(self.cycles) < len(self.words)
        if left and not self.offering and self.pattern(cycle):
            self.offering = True
            self.stream.payload.value = self.words[len(self.cycles)]
        self.stream.valid.value = self.offering

    def observe(self, cycle: int) -> None:
        """Note whether the word was taken."""
        if self.offering and self.stream.ready.value == 1:
            self.cycles.append(cycle)
            self.offering = False


class Sink:
    """Is ready while its pattern is open."""

    def __init__(self, stream: Stream, pattern: Pattern) -> None:
        self.stream, self.pattern = stream, pattern
        stream.ready.value = 0

    def drive(self, cycle: int) -> None:
        """Open or shut."""
        self.stream.ready.value = self.pattern(cycle)

    def observe(self, cycle: int) -> None:
        """Nothing: a `Monitor` looks on."""


class Monitor:
    """Records each transfer as (cycle, payload), and refuses a word that changes or goes while it is stalled."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.transfers: list[tuple[int, int]] = []
        self.held: int | None = None

    def drive(self, cycle: int) -> None:
        """Nothing: a monitor only looks on."""

    def observe(self, cycle: int) -> None:
        """Record what moves, remember what waits."""
        if self.stream.valid.value != 1:
            if self.held is not None:
                raise AssertionError(f"{self.stream.name} withdrew a stalled word in cycle {cycle}")
            return
        payload = int(self.stream.payload.value)
        if self.held is not None and payload != self.held:
            raise AssertionError(f"{self.stream.name} changed a stalled word in cycle {cycle}")
        moves = self.stream.ready.value == 1
        self.held = None if moves else payload
        if moves:
            self.transfers.append((cycle, payload))


class Timer:
    """Counts cycles."""

    def __init__(self) -> None:
        self.cycles = 0

    def drive(self, cycle: int) -> None:
        """Nothing."""

    def observe(self, cycle: int) -> None:
        """Count."""
        self.cycles += 1


def start(dut: Any) -> None:
    """Start the clock."""
    Clock(dut.clk, 2, unit="ns").start()


async def reset(dut: Any) -> None:
    """Hold reset over two edges; the next edge ends cycle 0."""
    dut.rst.value = 1
    for _ in range(2):
        await RisingEdge(dut.clk)
    dut.rst.value = 0


async def run(dut: Any, members: Sequence[Member], done: Callable[[], bool], *, patience: int, spare: int) -> None:
    """Step all members until ``done``, and for ``spare`` cycles more.

    Raises
    ------
    TimeoutError
        It is not done after ``patience`` cycles.
    """
    ending = 0
    for cycle in count():
        for member in members:
            member.drive(cycle)
        await FallingEdge(dut.clk)
        for member in members:
            member.observe(cycle)
        await RisingEdge(dut.clk)
        ending += done()
        if ending > spare:
            return
        if cycle == patience and not ending:
            raise TimeoutError(f"testbench still waits after {patience} cycles")
