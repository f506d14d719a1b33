"""Word rate of each core, from its description: the number of output words that are due after each input word."""

from functools import singledispatch
from itertools import accumulate

from quant.dataflow import cores
from tests.formal.specifications.stream import Promise


@singledispatch
def promise(core: cores.Core) -> Promise:
    """Word rate of any core but the readout, whose rate depends on the data."""
    raise TypeError(f"core must have a promise, not {core!r}")


def _last(count: int, late: int, wait: int = 1) -> Promise:
    """Promise of one word out for ``count`` words in."""
    return Promise([0] * count, 1, late=late, wait=wait)


def _ends(flags: list[int], late: int, wait: int = 1) -> Promise:
    """Promise of ``flags[n]`` words out behind input word ``n``."""
    return Promise([0, *accumulate(flags[:-1])], sum(flags), late=late, wait=wait)


@promise.register
def _(core: cores.Encoder) -> Promise:
    return _last(1, late=1)


@promise.register
def _(core: cores.RegisterSlice) -> Promise:
    return _last(1, late=0)


@promise.register
def _(core: cores.Pack) -> Promise:
    return _last(core.ratio, late=0)


@promise.register
def _(core: cores.Unpack) -> Promise:
    return _ends([core.ratio], late=0, wait=core.ratio - 1)


@promise.register
def _(core: cores.Queue) -> Promise:
    return Promise(range(core.depth), core.depth, late=1, wait=2)


@promise.register
def _(core: cores.Pad) -> Promise:
    inside = [core.padding <= y < core.padding + core.height and core.left <= x < core.left + core.width
              for y in range(core.height + 2 * core.padding) for x in range(core.row)
              for _ in range(core.words)]
    places = [place for place, here in enumerate(inside) if here]
    return Promise(places, len(inside), late=1, wait=len(inside))


@promise.register
def _(core: cores.RegisterWindow) -> Promise:
    completes = [core.passes * (y >= core.size - 1 and (y - core.size + 1) % core.stride == 0
                                and x >= core.kernel - 1 and (x - core.kernel + 1) % core.step == 0)
                 for y in range(core.height) for x in range(core.width)]
    return _ends(completes, late=0, wait=core.passes)


@promise.register
def _(core: cores.MemoryWindow) -> Promise:
    row = core.columns_out * core.passes * core.size * core.size * core.words
    needs = [top * core.stride + max(core.size, core.stride) for top in range(core.rows_out - 1)] + [core.height]
    after = [row * sum(words // (core.width * core.words) >= need for need in needs)
             for words in range(core.height * core.width * core.words)]
    return Promise(after, row * core.rows_out, late=1, wait=core.rows_out * row)


@promise.register
def _(core: cores.Synapses) -> Promise:
    return _last(core.words, late=core.latency)


@promise.register
def _(core: cores.Current) -> Promise:
    return _ends([0] * (core.plane_groups - 1) + [core.repeats], late=0, wait=core.repeats)


@promise.register
def _(core: cores.SerialNeurons) -> Promise:
    return _last(core.tick_groups, late=core.ticks + 1, wait=core.ticks)


@promise.register
def _(core: cores.UnrolledNeurons) -> Promise:
    return _last(1, late=core.steps)


@promise.register
def _(core: cores.OutputNeurons) -> Promise:
    ticks = [core.ticks_in(group) for group in range(core.tick_groups) for _ in range(core.groups)]
    return _ends(ticks, late=2, wait=core.ticks)


@promise.register
def _(core: cores.Resize) -> Promise:
    return _ends([int(end) for end in core.ends], late=1)


@promise.register
def _(core: cores.Pool) -> Promise:
    high, wide = core.height // core.size * core.size, core.columns_out * core.across
    ends = [int(y % core.size == core.size - 1 and x % core.across == core.across - 1 and y < high and x < wide)
            for y in range(core.height) for x in range(core.width) for _ in range(core.groups)]
    return _ends(ends, late=1)


def events(core: cores.EventFrames) -> Promise:
    """Word rate of event frames of one event each, which end whatever the event is."""
    assert (core.ticks, core.count) == (1, 1)
    return Promise([0], core.values, late=2, wait=core.start + 2)
