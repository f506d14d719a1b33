"""In which clock cycle every stream transfer happens: exact, for any stall pattern, before synthesis.

Each core of `quant.cores` has a clocked twin here that knows only its handshake, not its data. Only the readout looks
at data: the decision ticks, since it decides early. A twin is asked in two phases of each cycle: `ready(o_ready)`, a
function of its registers and of the sink's ready, then `clock(moved, o_ready)`, the clock edge, where ``moved`` says
that an input word is transferred. `valid` is a register.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from itertools import count, cycle

from . import cores
from .chain import Link

Pattern = Callable[[int], bool]


def always(_: int) -> bool:
    """The stall pattern of an end that never stalls."""
    return True


class Twin:
    """Timing of one core."""

    valid = False

    def ready(self, o_ready: bool) -> bool:
        """Whether the core takes a word in this cycle; here: whether its one output register is free."""
        return o_ready or not self.valid

    def clock(self, moved: bool, o_ready: bool) -> None:
        """One clock edge."""
        raise NotImplementedError


class Pipeline(Twin):
    """``depth`` registers that move together, whenever the last is free. ``keep`` says which words come out."""

    def __init__(self, depth: int, keep: Iterator[bool]) -> None:
        self.stages = [False] * (depth - 1)
        self.keep = keep

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.stages.append(moved)
            self.valid = self.stages.pop(0) and next(self.keep)


class Unpacking(Twin):
    """One word in, ``ratio`` words out."""

    def __init__(self, core: cores.Unpack) -> None:
        self.ratio, self.left = core.ratio, 0

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.left = self.ratio
        self.valid = self.left > 0


class Padding(Twin):
    """Words of the border are made here, the others pass."""

    def __init__(self, core: cores.Pad) -> None:
        inside_y = [core.padding <= y < core.padding + core.height for y in range(core.height + 2 * core.padding)]
        inside_x = [core.padding <= x < core.padding + core.width for x in range(core.width + 2 * core.padding)]
        self.inside = cycle([y and x for y in inside_y for x in inside_x for _ in range(core.words)])
        self.now = next(self.inside)

    def ready(self, o_ready: bool) -> bool:
        return self.now and (o_ready or not self.valid)

    def clock(self, moved: bool, o_ready: bool) -> None:
        if o_ready or not self.valid:
            self.valid = moved or not self.now
            if self.valid:
                self.now = next(self.inside)


class RegisterWindowing(Twin):
    """A pixel in; if it completes a window position, its passes out."""

    def __init__(self, core: cores.RegisterWindow) -> None:
        rows, columns = ([at >= core.size - 1 and (at - core.size + 1) % core.stride == 0 for at in range(extent)]
                         for extent in (core.height, core.width))
        self.complete = cycle([row and column for row in rows for column in columns])
        self.passes, self.left = core.passes, 0

    def ready(self, o_ready: bool) -> bool:
        return self.left == 0 or (o_ready and self.left == 1)

    def clock(self, moved: bool, o_ready: bool) -> None:
        self.left -= o_ready and self.left > 0
        if moved:
            self.left = self.passes if next(self.complete) else 0
        self.valid = self.left > 0


class MemoryWindowing(Twin):
    """A ring of rows: written word by word while a row is free, read while the rows of a position are whole."""

    def __init__(self, core: cores.MemoryWindow) -> None:
        self.core = core
        self.held = self.written = self.read = self.row = 0
        self.row_reads = core.columns_out * core.passes * core.size * core.run

    def ready(self, o_ready: bool) -> bool:
        return self.held < self.core.rows

    def clock(self, moved: bool, o_ready: bool) -> None:
        core, last = self.core, self.row == self.core.rows_out - 1
        held = self.held
        if o_ready or not self.valid:
            self.valid = held >= (core.last_rows if last else core.rows_needed)
            self.read += self.valid
            if self.read == self.row_reads:
                self.held -= core.last_rows if last else core.stride
                self.read, self.row = 0, 0 if last else self.row + 1
        if moved:
            self.written += 1
            if self.written == core.row_words:
                self.held, self.written = self.held + 1, 0


class SynapseTiming(Pipeline):
    """A pipeline whose last register holds the sums, valid once all words of a pass are in.

    After reset it takes no word for one cycle, in which the first weights are read.
    """

    def __init__(self, core: cores.Synapses) -> None:
        super().__init__(core.latency + 1, cycle([at == core.words - 1 for at in range(core.words)]))
        self.primed = False

    def ready(self, o_ready: bool) -> bool:
        return self.primed and super().ready(o_ready)

    def clock(self, moved: bool, o_ready: bool) -> None:
        super().clock(moved, o_ready)
        self.primed = True


class SerialTiming(Twin):
    """A word of several ticks in, one tick a cycle; out comes a word after the last tick, or after every tick."""

    def __init__(self, core: cores.NeuronCore, every_tick: bool) -> None:
        self.core, self.every_tick = core, every_tick
        groups = core.groups if every_tick else 1
        self.loads = cycle([core.ticks_in(group) for group in range(core.tick_groups) for _ in range(groups)])
        self.tick = self.left = 0

    @property
    def emits(self) -> bool:
        """Whether the tick computed now ends in an output word."""
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


class ReadoutTiming(Twin):
    """Collects the groups of each tick; at the decision tick scans the classes, one a cycle, and gives the result."""

    def __init__(self, core: cores.Readout, decisions: Iterator[int]) -> None:
        self.core, self.decisions = core, decisions
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
        if self.word == self.core.steps * self.core.groups:
            self.word, self.decided = 0, False


@singledispatch
def twin(core: cores.Core) -> Twin:
    """The timing twin of any core but the readout."""
    raise TypeError(f"core must have a timing twin, not {core!r}")


@twin.register
def _(core: cores.Encoder) -> Twin:
    return Pipeline(1, cycle([True]))


@twin.register
def _(core: cores.Pack) -> Twin:
    return Pipeline(1, cycle([at == core.ratio - 1 for at in range(core.ratio)]))


@twin.register
def _(core: cores.Pool) -> Twin:
    ends = [[at % core.size == core.size - 1 for at in range(extent)] for extent in (core.height, core.width)]
    return Pipeline(2, cycle([y and x for y in ends[0] for x in ends[1] for _ in range(core.groups)]))


@twin.register
def _(core: cores.UnrolledNeurons) -> Twin:
    return Pipeline(core.steps, cycle([True]))


@twin.register
def _(core: cores.SerialNeurons) -> Twin:
    return SerialTiming(core, every_tick=False)


@twin.register
def _(core: cores.OutputNeurons) -> Twin:
    return SerialTiming(core, every_tick=True)


twin.register(cores.Unpack, Unpacking)
twin.register(cores.Pad, Padding)
twin.register(cores.RegisterWindow, RegisterWindowing)
twin.register(cores.MemoryWindow, MemoryWindowing)
twin.register(cores.Synapses, SynapseTiming)


@dataclass(frozen=True)
class Transfers:
    """Cycle of every transfer, cycle 0 being the first after reset.

    Parameters
    ----------
    inputs : list of int
        At the input of the chain.
    borders : dict of str to list of int
        At the output of each core, by its name in the chain.
    """

    inputs: list[int]
    borders: dict[str, list[int]]


def run(links: Sequence[Link], *, words: int, outputs: int, decisions: Sequence[int] = (), source: Pattern = always,
        sink: Pattern = always, limit: int = 10**8) -> Transfers:
    """Time ``words`` input words through a chain, until all are in and ``outputs`` words are out.

    Parameters
    ----------
    decisions : sequence of int
        Tick at which each image is decided, for a chain that ends in a readout (``steps`` counts as the last tick).
    source, sink : callable
        Whether the ends offer and take a word in a cycle. A source that has offered a word keeps offering it until it
        is taken.

    Raises
    ------
    TimeoutError
        The chain has not given all outputs after ``limit`` cycles.
    """
    twins = [ReadoutTiming(link.core, iter(decisions)) if isinstance(link.core, cores.Readout) else twin(link.core)
             for link in links]
    moves: list[list[int]] = [[] for _ in range(len(twins) + 1)]
    left, offering = words, False
    for now in count():
        if left == 0 and len(moves[-1]) == outputs:
            break
        if now == limit:
            raise TimeoutError(f"chain must give {outputs} outputs in {limit} cycles, not {len(moves[-1])}")
        offering = left > 0 and (offering or source(now))
        o_readies = [sink(now)]
        for node in reversed(twins):
            o_readies.append(node.ready(o_readies[-1]))
        o_readies.reverse()
        valid = offering
        for index, node in enumerate(twins):
            moved = valid and o_readies[index]
            if moved:
                moves[index].append(now)
            valid = node.valid
            node.clock(moved, o_readies[index + 1])
        if valid and o_readies[-1]:
            moves[-1].append(now)
        if offering and o_readies[0]:
            left, offering = left - 1, False
    return Transfers(moves[0], {link.name: cycles for link, cycles in zip(links, moves[1:], strict=True)})


def run_images(links: Sequence[Link], *, pixels: int, decisions: Sequence[int], source: Pattern = always,
               sink: Pattern = always) -> Transfers:
    """Time one image for each entry of ``decisions``, ``pixels`` input words each, through a whole network."""
    return run(links, words=pixels * len(decisions), outputs=len(decisions), decisions=decisions, source=source,
               sink=sink)
