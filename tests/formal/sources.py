"""Source of each output word of a core, from its description."""

from functools import singledispatch

from hw.accelerator import component
from hw.cores.synapses.tick_words import TickWords
from quant.dataflow import cores
from tests.formal.promises import promise
from tests.formal.specifications.current import Numbers
from tests.formal.specifications.decision import Decision
from tests.formal.specifications.follow import Copies, Pooled
from tests.formal.specifications.means import Means
from tests.formal.specifications.neurons import Potentials, Spikes
from tests.formal.specifications.ring import Ring
from tests.formal.specifications.stream import Specification
from tests.formal.specifications.sums import Sums


@singledispatch
def function(core: cores.Core) -> Specification:
    """Specification of the output words of a core."""
    raise TypeError(f"core must have a specification, not {core!r}")


@function.register
def _(core: cores.RegisterSlice) -> Specification:
    return Copies(component(core), promise(core), lambda _: [(0, 0)], parts=1, width=core.lanes * core.lane_width)


@function.register
def _(core: cores.Pack) -> Specification:
    return Copies(component(core), promise(core), lambda _: [(word, 0) for word in range(core.ratio)], parts=1,
                  width=core.lanes * core.lane_width)


@function.register
def _(core: cores.Unpack) -> Specification:
    return Copies(component(core), promise(core), lambda place: [(0, place)], parts=core.ratio,
                  width=core.lanes // core.ratio * core.lane_width)


@function.register
def _(core: cores.Queue) -> Specification:
    return Copies(component(core), promise(core), lambda place: [(place, 0)], parts=1, width=core.lane_width)


@function.register
def _(core: cores.Pad) -> Specification:
    wide = core.row

    def source(place: int):
        pixel, word = divmod(place, core.words)
        y, x = pixel // wide - core.padding, pixel % wide - core.left
        inside = 0 <= y < core.height and 0 <= x < core.width
        return [((y * core.width + x) * core.words + word, 0) if inside else None]

    return Copies(component(core), promise(core), source, parts=1, width=core.lanes * core.lane_width,
                  constant=sum(core.silent << lane * core.lane_width for lane in range(core.lanes)))


def _corner(core: cores.Window, position: int) -> tuple[int, int]:
    y, x = divmod(position, core.columns_out)
    return y * core.stride, x * core.column_stride


@function.register
def _(core: cores.RegisterWindow) -> Specification:
    def source(place: int):
        y, x = _corner(core, place // core.passes)
        return [((y + row) * core.width + x + column, 0) for row in range(core.size) for column in range(core.kernel)]

    return Copies(component(core), promise(core), source, parts=1, width=core.lanes * core.lane_width)


def _memory_source(core: cores.MemoryWindow) -> list[int]:
    """The input word of each output word."""
    return [((y + row) * core.width + x + column) * core.words + word
            for y, x in (_corner(core, position) for position in range(core.positions)) for _ in range(core.passes)
            for row in range(core.size) for column in range(core.size) for word in range(core.words)]


@function.register
def _(core: cores.MemoryWindow) -> Specification:
    return Ring(component(core), promise(core), _memory_source(core))


def memory_copies(core: cores.MemoryWindow) -> Specification:
    """A memory window from end to end; only for the smallest."""
    source = _memory_source(core)
    return Copies(component(core), promise(core), lambda place: [(source[place], 0)], parts=1,
                  width=core.lanes * core.lane_width)


def tick_words(core: cores.OutputNeurons) -> Specification:
    """The front of every serial neuron core: ticks of a word, earliest first, a partial last group short."""
    ticks = [(word, tick) for word in range(core.tick_groups * core.groups)
             for tick in range(core.ticks_in(word // core.groups))]
    return Copies(TickWords(core, groups=core.groups), promise(core),
                  lambda place: [(ticks[place][0], channel * core.ticks + ticks[place][1])
                                 for channel in range(core.channels)],
                  parts=core.channels * core.ticks, width=core.sum_width)


@function.register
def _(core: cores.Pool) -> Specification:
    members = [[((y * core.size + row) * core.width + x * core.across + column) * core.groups + group
                for row in range(core.size) for column in range(core.across)]
               for y in range(core.height // core.size) for x in range(core.columns_out)
               for group in range(core.groups)]
    return Pooled(component(core), promise(core), members)


@function.register
def _(core: cores.Resize) -> Specification:
    channels, rows, columns = core.output_shape

    def place(y: int, x: int, channel: int):
        y, x = y - core.top, x - core.left
        inside = 0 <= y < rows * core.factor and 0 <= x < columns * core.factor
        if not inside or core.grey and channel < core.channels - 1:
            return None
        within = (y % core.factor, x % core.factor)
        return (x // core.factor * channels + (0 if core.grey else channel), within == (0, 0),
                within == (core.factor - 1, core.factor - 1))

    return Means(component(core), promise(core), [place(y, x, channel) for y in range(core.height)
                                                  for x in range(core.width) for channel in range(core.channels)])


function.register(cores.Readout, Decision)
function.register(cores.Synapses, Sums)
function.register(cores.Current, Numbers)
function.register(cores.SerialNeurons, Spikes)
function.register(cores.UnrolledNeurons, Spikes)
function.register(cores.OutputNeurons, Potentials)
