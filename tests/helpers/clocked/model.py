"""Clocked model of a core, and of a pipeline, which most cores are: the registers behind its handshakes.

A cycle has two phases: `ready(o_ready)`, a function of the model's registers and of the ready of the sink, then
`clock(moved, o_ready)`, the clock edge, where ``moved`` means that an input word is transferred. `valid` is a register.
"""

from collections.abc import Sequence


class RepeatingFlags:
    """A sequence of flags that repeats for ever."""

    def __init__(self, flags: Sequence[bool]) -> None:
        self.flags, self.at = flags, 0

    @property
    def current(self) -> bool:
        """The current flag."""
        return self.flags[self.at]

    def advance(self) -> None:
        """Move on by one."""
        self.at = (self.at + 1) % len(self.flags)


class ClockedModel:
    """Clocked model of one core.

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


class Pipeline(ClockedModel):
    """Clocked model of ``depth`` registers that move together whenever the last is free.

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
