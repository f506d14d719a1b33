"""Timing model of a core, and of a pipeline, which most cores are.

Each core of `quant.dataflow.cores` has a timing model in `quant.timing.models` that knows its handshakes, not its data.
A cycle has two phases: `ready(o_ready)`, a function of the model's registers and of the ready of the sink, then
`clock(moved, o_ready)`, the clock edge, where ``moved`` means that an input word is transferred. `valid` is a register.

`stable_cycles` and `advance` let a simulation do many equal cycles at once.
"""

from collections.abc import Sequence

UNBOUNDED = 2**62


class RepeatingFlags:
    """A sequence of flags that repeats for ever, and the length of the run of equal flags from each place on."""

    def __init__(self, flags: Sequence[bool]) -> None:
        self.flags, self.at = flags, 0
        self.run_lengths = [0] * len(flags)
        run = UNBOUNDED if all(flags) or not any(flags) else 0
        for place in range(2 * len(flags) - 1, -1, -1):
            here = place % len(flags)
            if run < UNBOUNDED:
                run = run + 1 if flags[here] == flags[(here + 1) % len(flags)] else 1
            self.run_lengths[here] = run

    @property
    def current(self) -> bool:
        """The current flag."""
        return self.flags[self.at]

    @property
    def run_length(self) -> int:
        """Number of equal flags from the current one on; `UNBOUNDED` if all are equal."""
        return self.run_lengths[self.at]

    def advance(self, places: int = 1) -> None:
        """Move on by ``places``."""
        self.at = (self.at + places) % len(self.flags)


class TimingModel:
    """Timing of one core.

    Attributes
    ----------
    valid : bool
        Valid of the output, a register.
    """

    valid = False

    def ready(self, o_ready: bool) -> bool:
        """True if the core takes a word in this cycle; here: if its one output register is free."""
        return o_ready or not self.valid

    def clock(self, moved: bool, o_ready: bool) -> None:
        """Simulate one clock edge; ``moved``: an input word is transferred, ``o_ready``: the sink is ready."""
        raise NotImplementedError

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        """Number of further cycles with these inputs in which `valid` and `ready` surely stay; a lower bound.

        Here: 0, unless the output is stalled.
        """
        return UNBOUNDED if self.valid and not o_ready else 0

    def advance(self, cycles: int, moved: bool, o_ready: bool) -> None:
        """Simulate ``cycles`` clock edges at once, at most `stable_cycles`."""


class Pipeline(TimingModel):
    """Timing of ``depth`` registers that move together whenever the last is free.

    Parameters
    ----------
    depth : int
        Latency in cycles, at least 1.
    keep : sequence of bool
        For each input word of a period, whether an output word comes of it.
    """

    def __init__(self, depth: int, keep: Sequence[bool]) -> None:
        self.stages = [False] * (depth - 1)
        self.keep = RepeatingFlags(keep)

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.stages.append(moved)
            self.valid = self.stages.pop(0)
            if self.valid:
                self.valid = self.keep.current
                self.keep.advance()

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        if self.valid and not o_ready:
            return UNBOUNDED
        if moved and all(self.stages) and self.keep.current == self.valid:
            return self.keep.run_length
        return UNBOUNDED if not moved and not any(self.stages) and not self.valid else 0

    def advance(self, cycles: int, moved: bool, o_ready: bool) -> None:
        if moved:
            self.keep.advance(cycles)
