"""Timing models of all cores: the cycles in which each transfers words, for any stall pattern.

They know handshakes, not data. Only the readout needs data: the decision ticks, since it decides early.
"""

from collections.abc import Iterator
from functools import singledispatch
from itertools import cycle

from ..dataflow import cores
from .feedback import RecurrentTiming
from .model import UNBOUNDED, Pipeline, RepeatingFlags, TimingModel
from .shortcut import ForkTiming, JoinTiming


class UnpackTiming(TimingModel):
    """Timing of an unpacking core: one word in, ``ratio`` words out."""

    def __init__(self, core: cores.Unpack) -> None:
        self.ratio, self.left = core.ratio, 0

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.left = self.ratio
        self.valid = self.left > 0

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        return UNBOUNDED if not moved and not (self.valid and o_ready) else 0


class PadTiming(TimingModel):
    """Timing of zero padding: words of the border are generated, the others pass."""

    def __init__(self, core: cores.Pad) -> None:
        inside_y = [core.padding <= y < core.padding + core.height for y in range(core.height + 2 * core.padding)]
        inside_x = [core.padding <= x < core.padding + core.width for x in range(core.width + 2 * core.padding)]
        self.inside = RepeatingFlags([y and x for y in inside_y for x in inside_x for _ in range(core.words)])

    def ready(self, o_ready: bool) -> bool:
        return self.inside.current and (o_ready or not self.valid)

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.valid = moved or not self.inside.current
            if self.valid:
                self.inside.advance()

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        if self.valid and not o_ready:
            return UNBOUNDED
        return UNBOUNDED if self.inside.current and not moved and not self.valid else 0


class RegisterWindowTiming(TimingModel):
    """Timing of a window in registers: a pixel in; if it completes a window position, one word a pass out."""

    def __init__(self, core: cores.RegisterWindow) -> None:
        rows, columns = ([at >= core.size - 1 and (at - core.size + 1) % core.stride == 0 for at in range(extent)]
                         for extent in (core.height, core.width))
        self.complete = RepeatingFlags([row and column for row in rows for column in columns])
        self.passes, self.left = core.passes, 0

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.left = self.passes if self.complete.current else 0
            self.complete.advance()
        self.valid = self.left > 0

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        if moved:
            return 0
        return max(0, self.left - 2) if self.valid and o_ready else UNBOUNDED

    def advance(self, cycles: int, moved: bool, o_ready: bool) -> None:
        if self.valid and o_ready:
            self.left -= cycles


class MemoryWindowTiming(TimingModel):
    """Timing of a window in memory: a ring buffer of rows, written while a row is free, read once its rows are there.

    A window position is read once all rows that it needs are complete.
    """

    def __init__(self, core: cores.MemoryWindow) -> None:
        self.core = core
        self.held = self.written = self.read = self.row = 0
        self.row_reads = core.columns_out * core.passes * core.size * core.run

    @property
    def last(self) -> bool:
        """True while the last window row of a map is read."""
        return self.row == self.core.rows_out - 1

    @property
    def whole(self) -> bool:
        """True if all rows that the current window row needs are in the buffer."""
        return self.held >= (self.core.last_rows if self.last else self.core.rows_needed)

    def ready(self, o_ready: bool) -> bool:
        return self.held < self.core.rows

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.valid = self.whole
            self.read += self.valid
            if self.read == self.row_reads:
                self.held -= self.core.last_rows if self.last else self.core.stride
                self.read, self.row = 0, 0 if self.last else self.row + 1
        if moved:
            self.written += 1
            if self.written == self.core.row_words:
                self.held, self.written = self.held + 1, 0

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        writes = self.core.row_words - 1 - self.written if moved else UNBOUNDED
        if self.valid and not o_ready:
            return writes
        if self.valid != self.whole:
            return 0
        return min(writes, self.row_reads - 1 - self.read) if self.valid else writes

    def advance(self, cycles: int, moved: bool, o_ready: bool) -> None:
        self.read += cycles if self.valid and o_ready else 0
        self.written += cycles if moved else 0


class SynapseTiming(Pipeline):
    """Timing of synapses: a pipeline whose last register holds the sums, valid once all words of a pass are in.

    After reset it takes no word for one cycle, in which the first weights are read.
    """

    def __init__(self, core: cores.Synapses) -> None:
        super().__init__(core.latency + 1, [at == core.words - 1 for at in range(core.words)])
        self.primed = False

    def ready(self, o_ready: bool) -> bool:
        return self.primed and super().ready(o_ready)

    def clock(self, moved: bool, o_ready: bool) -> None:
        super().clock(moved, o_ready)
        self.primed = True


class SerialTiming(TimingModel):
    """Timing of neurons that compute one tick a cycle: a word of several ticks in, a word out after the last tick.

    With ``every_tick`` a word comes out after each tick.
    """

    def __init__(self, core: cores.NeuronCore, every_tick: bool) -> None:
        self.core, self.every_tick = core, every_tick
        groups = core.groups if every_tick else 1
        self.loads = cycle([core.ticks_in(group) for group in range(core.tick_groups) for _ in range(groups)])
        self.tick = self.left = 0

    @property
    def emits(self) -> bool:
        """True if the tick computed now ends in an output word."""
        return self.every_tick or self.tick == self.core.steps - 1

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (self.left == 1 and (o_ready or not self.valid or not self.emits))

    def clock(self, moved: bool, o_ready: bool) -> None:
        free = o_ready or not self.valid
        emits = self.emits
        if free:
            self.valid = False
        if self.left and (free or not emits):
            self.valid = self.valid or emits
            self.left -= 1
            self.tick = (self.tick + 1) % self.core.steps
        if moved:
            self.left = next(self.loads)

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        stalled = self.valid and not o_ready and (self.left == 0 or self.emits)
        idle = self.left == 0 and not self.valid
        return UNBOUNDED if not moved and (stalled or idle) else 0


class CurrentTiming(TimingModel):
    """Timing of a current: collects the words of a number, then outputs it ``repeats`` times while the next come in."""

    def __init__(self, core: cores.Current) -> None:
        self.words, self.repeats = core.tick_groups, core.repeats
        self.word = self.left = 0

    @property
    def last(self) -> bool:
        """True if the next word completes a number."""
        return self.word == self.words - 1

    def ready(self, o_ready: bool) -> bool:
        return not self.last or self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.left = self.repeats if self.last else self.left
            self.word = 0 if self.last else self.word + 1
        self.valid = self.left > 0

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        return UNBOUNDED if not moved and not (self.valid and o_ready) else 0


class ReadoutTiming(TimingModel):
    """Timing of the readout: collects the groups of each tick; at the decision tick scans the classes, one a cycle.

    Parameters
    ----------
    decisions : iterator of int
        Decision tick of each image; ``steps`` counts as the last tick.
    """

    def __init__(self, core: cores.Readout, decisions: Iterator[int]) -> None:
        self.core, self.decisions = core, decisions
        self.words = core.steps * core.groups
        self.word = self.scan = 0
        self.decided = False
        self.decision = -1

    def ready(self, o_ready: bool) -> bool:
        return self.decided or (self.scan == 0 and (o_ready or not self.valid))

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready:
            self.valid = False
        if self.scan:
            self.scan -= 1
            self.valid = self.scan == 0
        if moved:
            self._take()

    def _take(self) -> None:
        if self.word == 0:
            self.decision = min(next(self.decisions), self.core.steps - 1)
        tick, group = divmod(self.word, self.core.groups)
        if tick == self.decision and group == self.core.groups - 1:
            self.scan, self.decided = self.core.classes, True
        self.word += 1
        if self.word == self.words:
            self.word, self.decided = 0, False

    def stable_cycles(self, moved: bool, o_ready: bool) -> int:
        return UNBOUNDED if not moved and not self.scan and not (self.valid and o_ready) else 0


@singledispatch
def timing_model(core: cores.Core) -> TimingModel:
    """Timing model of a core other than the readout; a join also takes that of its fork, recurrent neurons their loop.

    Raises
    ------
    TypeError
        There is no such core.
    """
    raise TypeError(f"core must have a timing model, not {core!r}")


@timing_model.register
def _(core: cores.Encoder) -> TimingModel:
    return Pipeline(1, [True])


@timing_model.register
def _(core: cores.Pack) -> TimingModel:
    return Pipeline(1, [at == core.ratio - 1 for at in range(core.ratio)])


@timing_model.register
def _(core: cores.Pool) -> TimingModel:
    ends = [[at % core.size == core.size - 1 for at in range(extent)] for extent in (core.height, core.width)]
    return Pipeline(2, [y and x for y in ends[0] for x in ends[1] for _ in range(core.groups)])


@timing_model.register
def _(core: cores.UnrolledNeurons) -> TimingModel:
    return Pipeline(core.steps, [True])


@timing_model.register
def _(core: cores.SerialNeurons) -> TimingModel:
    return SerialTiming(core, every_tick=False)


@timing_model.register
def _(core: cores.OutputNeurons) -> TimingModel:
    return SerialTiming(core, every_tick=True)


timing_model.register(cores.Current, CurrentTiming)
timing_model.register(cores.Fork, ForkTiming)
timing_model.register(cores.Join, JoinTiming)
timing_model.register(cores.RecurrentNeurons, RecurrentTiming)
timing_model.register(cores.Unpack, UnpackTiming)
timing_model.register(cores.Pad, PadTiming)
timing_model.register(cores.RegisterWindow, RegisterWindowTiming)
timing_model.register(cores.MemoryWindow, MemoryWindowTiming)
timing_model.register(cores.Synapses, SynapseTiming)
