"""The timing model of a core, and what most of them are: a pipeline.

Each core of `quant.dataflow.cores` has a clocked twin in `quant.timing.models` that knows only its handshake, not its
data. A twin is asked in two phases of each cycle: `ready(o_ready)`, a function of its registers and of the sink's
ready, then `clock(moved, o_ready)`, the clock edge, where ``moved`` says that an input word is transferred. `valid` is
a register.

`quiet(moved, o_ready)` is for how many further cycles of these same inputs `valid` and `ready` surely stay as they are;
`skip(cycles, moved, o_ready)` does that many clock edges at once.
"""

from collections.abc import Sequence

FOREVER = 2**62


class Round:
    """A sequence of flags that repeats for ever, with its runs of equal flags."""

    def __init__(self, flags: Sequence[bool]) -> None:
        self.flags, self.at = flags, 0
        self.runs = [0] * len(flags)
        run = FOREVER if all(flags) or not any(flags) else 0
        for place in range(2 * len(flags) - 1, -1, -1):
            here = place % len(flags)
            if run < FOREVER:
                run = run + 1 if flags[here] == flags[(here + 1) % len(flags)] else 1
            self.runs[here] = run

    @property
    def now(self) -> bool:
        """The current flag."""
        return self.flags[self.at]

    @property
    def run(self) -> int:
        """How many flags from here on are equal."""
        return self.runs[self.at]

    def move(self, places: int = 1) -> None:
        """Go on."""
        self.at = (self.at + places) % len(self.flags)


class TimingModel:
    """Timing of one core."""

    valid = False

    def ready(self, o_ready: bool) -> bool:
        """Whether the core takes a word in this cycle; here: whether its one output register is free."""
        return o_ready or not self.valid

    def clock(self, moved: bool, o_ready: bool) -> None:
        """One clock edge."""
        raise NotImplementedError

    def quiet(self, moved: bool, o_ready: bool) -> int:
        """Further cycles without a visible change; here: none, unless the output is stalled."""
        return FOREVER if self.valid and not o_ready else 0

    def skip(self, cycles: int, moved: bool, o_ready: bool) -> None:
        """``cycles`` clock edges, at most as many as `quiet` said."""


class Pipeline(TimingModel):
    """``depth`` registers that move together, whenever the last is free. ``keep`` says which words come out."""

    def __init__(self, depth: int, keep: Sequence[bool]) -> None:
        self.stages = [False] * (depth - 1)
        self.keep = Round(keep)

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.stages.append(moved)
            self.valid = self.stages.pop(0)
            if self.valid:
                self.valid = self.keep.now
                self.keep.move()

    def quiet(self, moved: bool, o_ready: bool) -> int:
        if self.valid and not o_ready:
            return FOREVER
        if moved and all(self.stages) and self.keep.now == self.valid:
            return self.keep.run
        return FOREVER if not moved and not any(self.stages) and not self.valid else 0

    def skip(self, cycles: int, moved: bool, o_ready: bool) -> None:
        if moved:
            self.keep.move(cycles)
