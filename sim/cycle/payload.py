"""Data models of all cores: what each puts on its output stream, word by word, without time.

Together with the timing models of `quant.timing` they predict every transfer at every border. Words are flat tuples of
integers in the order of the payload's fields; plain Python, one function a core.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial, singledispatch
from operator import mul
from typing import Any

from quant.dataflow import cores
from quant.dataflow.chain import Node, every, pixels_taken
from quant.dataflow.cores.resize import LUMA
from quant.description.spike_coding import Binary, Times, Trains
from quant.kinds import Kinds

from ..neurons import MODELS

Word = tuple[int, ...]


def batches(items: Iterable[Word], size: int) -> Iterator[list[Word]]:
    """Consecutive lists of ``size`` items."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


@singledispatch
def transform(core: cores.Core, words: Iterable[Word]) -> Iterator[Word]:
    """Output words of ``core`` for its input words; whole images in and out.

    A join also takes the words of its shortcut; credits a function from the input words of their pipeline to its output
    words; recurrent neurons their loop, a function from the words of spikes of one tick to the words of sums of the
    next; copies a list of functions from an image to its result.

    Raises
    ------
    TypeError
        There is no such core.
    """
    raise TypeError(f"core must have a data model, not {core!r}")


PIXELS: Kinds[Callable[[int, int], int]] = Kinds("spike coding of pixels with a data model")
"""Pixel and planes to its value."""
PIXELS[Times.kind] = lambda pixel, planes: planes if pixel == 0 else ((255 - pixel) * planes) >> 8
PIXELS[Binary.kind] = lambda pixel, planes: pixel
PIXELS[Trains.kind] = lambda pixel, planes: pixel % (1 << planes)


@transform.register
def _(core: cores.Encoder, words: Iterable[Word]) -> Iterator[Word]:
    code = PIXELS[core.spike_coding.kind]
    for pixels in words:
        yield tuple(code(pixel, core.bit_planes) for pixel in pixels)


@transform.register
def _(core: cores.Pack, words: Iterable[Word]) -> Iterator[Word]:
    for batch in batches(words, core.ratio):
        yield tuple(itertools.chain(*batch))


@transform.register
def _(core: cores.Unpack, words: Iterable[Word]) -> Iterator[Word]:
    width = core.lanes // core.ratio
    for word in words:
        for at in range(core.ratio):
            yield word[at * width:(at + 1) * width]


@transform.register
def _(core: cores.Pad, words: Iterable[Word]) -> Iterator[Word]:
    never = [(core.silent,) * core.lanes] * core.words
    for image in batches(words, core.height * core.width * core.words):
        for y in range(-core.padding, core.height + core.padding):
            for x in range(-core.left, core.width + core.right):
                start = (y * core.width + x) * core.words
                inside = 0 <= y < core.height and 0 <= x < core.width
                yield from image[start:start + core.words] if inside else never


def _window_words(core: cores.Window, words: Iterable[Word], pixel_words: int) -> Iterator[list[Word]]:
    """The words of each window position, in raster order."""
    for image in batches(words, core.height * core.width * pixel_words):
        for y, x in itertools.product(range(core.rows_out), range(core.columns_out)):
            taps = itertools.product(range(core.size), range(core.kernel_columns), range(pixel_words))
            yield [image[((y * core.stride + ky) * core.width + x * core.column_stride + kx) * pixel_words + word]
                   for ky, kx, word in taps]


@transform.register
def _(core: cores.RegisterWindow, words: Iterable[Word]) -> Iterator[Word]:
    for position in _window_words(core, words, 1):
        yield from [tuple(itertools.chain(*position))] * core.passes


@transform.register
def _(core: cores.MemoryWindow, words: Iterable[Word]) -> Iterator[Word]:
    for position in _window_words(core, words, core.words):
        for _ in range(core.passes):
            yield from position


def _weights(core: cores.Synapses, group: int, channel: int) -> list[int]:
    rom = core.rom[group * core.words:(group + 1) * core.words]
    return [core.weight(word, channel, at) for word in rom for at in range(core.synapses)]


@transform.register
def _(core: cores.Synapses, words: Iterable[Word]) -> Iterator[Word]:
    order: Iterable[tuple[int, int]] = itertools.product(range(core.groups), range(core.plane_groups))
    if core.planes_outermost:
        order = ((g, h) for h, g in itertools.product(range(core.plane_groups), range(core.groups)))
    passes = itertools.cycle(list(order))
    weights = {(g, c): _weights(core, g, c) for g in range(core.groups) for c in range(core.channels)}
    for batch in batches(words, core.words):
        group, plane_group = next(passes)
        values = [[word[lane] for word in batch for lane in core.taken(group * core.channels + channel)]
                  for channel in range(core.channels)]
        planes = range(plane_group * core.planes_per_pass, (plane_group + 1) * core.planes_per_pass)
        yield tuple(sum(w for w, value in zip(weights[group, channel], values[channel], strict=True)
                        if core.spike_coding.spikes(value, core.bit_planes, plane))
                    for channel in range(core.channels) for plane in planes)


def _same(core: cores.Core, words: Iterable[Word]) -> Iterator[Word]:
    yield from words


transform.register(cores.Fork, _same)
transform.register(cores.Queue, _same)
transform.register(cores.RegisterSlice, _same)


@transform.register
def _(core: cores.Credits, words: Iterable[Word], pipeline: Callable[[list[Word]], list[Word]]) -> Iterator[Word]:
    yield from pipeline(list(words))


@transform.register
def _(core: cores.Copies, words: Iterable[Word], networks: Sequence[Callable[[list[Word]], list[Word]]],
      ) -> Iterator[Word]:
    for image, network in zip(batches(words, core.words), itertools.cycle(networks), strict=False):
        yield from network(image)


@transform.register
def _(core: cores.Join, words: Iterable[Word], shortcut: Iterable[Word]) -> Iterator[Word]:
    groups = itertools.cycle(range(core.groups))
    for batch, brought in zip(batches(words, core.words), shortcut, strict=True):
        group = next(groups)
        gains = core.gains[group * core.channels:(group + 1) * core.channels]
        for at, word in enumerate(batch):
            ticks = range(at * core.ticks, (at + 1) * core.ticks)
            code = core.spike_coding
            added = [gain * (value if code.numeric else code.spikes(value, core.bit_planes, tick))
                     for gain, value in zip(gains, brought, strict=True) for tick in ticks]
            yield tuple((n << core.shift) + more for n, more in zip(word, added, strict=True))


@transform.register
def _(core: cores.Current, words: Iterable[Word]) -> Iterator[Word]:
    for batch in batches(words, core.plane_groups):
        current = []
        for channel in range(core.channels):
            sums = slice(channel * core.planes_per_pass, (channel + 1) * core.planes_per_pass)
            digits = list(itertools.chain(*(word[sums] for word in batch)))
            current.append(sum(n << core.bit_planes - 1 - plane for plane, n in enumerate(digits[:core.bit_planes])))
        yield from [tuple(current)] * core.repeats


def _lives(core: cores.NeuronCore, sums: Iterable[int], index: int) -> Iterator[tuple[int, bool]]:
    """V of one neuron after each tick, and whether it reached the threshold in that tick."""
    neurons = core.neurons
    return MODELS[neurons.kind].trace(neurons, sums, index)


def _outputs(core: cores.NeuronCore, words: Iterable[Word]) -> Iterator[Word]:
    groups = itertools.cycle(range(core.groups))
    for batch in batches(words, core.tick_groups):
        group, given = next(groups), []
        for channel in range(core.channels):
            sums = list(itertools.chain(*(word[channel * core.ticks:(channel + 1) * core.ticks] for word in batch)))
            lives = _lives(core, sums[:core.steps], group * core.channels + channel)
            given.append(core.spike_coding.fired([fires for _, fires in lives]))
        yield tuple(given)


transform.register(cores.SerialNeurons, _outputs)
transform.register(cores.UnrolledNeurons, _outputs)


@transform.register
def _(core: cores.RecurrentNeurons, words: Iterable[Word], loop: Callable[[list[Word]], list[Word]]) -> Iterator[Word]:
    def sums(current: int, place: int, channel: int) -> Iterator[int]:
        """Sum n(t) of a neuron, one item a tick."""
        yield current
        while True:
            yield current + (returned[place][channel] << core.shift)

    for image in batches(words, core.places):
        lives = [[_lives(core, sums(current, place, channel), place % core.groups * core.channels + channel)
                  for channel, current in enumerate(word)] for place, word in enumerate(image)]
        ticks: list[list[Word]] = []
        for tick in range(core.steps):
            ticks.append([tuple(int(next(life)[1]) for life in word) for word in lives])
            if tick < core.steps - 1:
                returned = loop(ticks[-1])
        for trains in zip(*ticks, strict=True):
            yield tuple(core.spike_coding.fired(train) for train in zip(*trains, strict=True))


@transform.register
def _(core: cores.OutputNeurons, words: Iterable[Word]) -> Iterator[Word]:
    for image in batches(words, core.tick_groups * core.groups):
        traces = []
        for index in range(core.groups * core.channels):
            group, channel = divmod(index, core.channels)
            sums = list(itertools.chain(*(word[channel * core.ticks:(channel + 1) * core.ticks]
                                          for word in image[group::core.groups])))
            traces.append(list(_lives(core, sums[:core.steps], index)))
        for tick, group in itertools.product(range(core.steps), range(core.groups)):
            indices = range(group * core.channels, (group + 1) * core.channels)
            yield tuple(itertools.chain(*((traces[i][tick][0], int(traces[i][tick][1])) for i in indices)))


@transform.register
def _(core: cores.Pool, words: Iterable[Word]) -> Iterator[Word]:
    for image in batches(words, core.height * core.width * core.groups):
        for y, x, group in itertools.product(range(core.height // core.size), range(core.columns_out),
                                             range(core.groups)):
            window = [image[((y * core.size + ky) * core.width + x * core.across + kx) * core.groups + group]
                      for ky, kx in itertools.product(range(core.size), range(core.across))]
            yield tuple(core.spike_coding.pooled([word[each] for word in window for each in core.merging(lane)])
                        for lane in range(core.lanes_out))


@transform.register
def _(core: cores.Resize, words: Iterable[Word]) -> Iterator[Word]:
    channels, rows, columns = core.output_shape
    for picture in batches(words, core.pixels):
        pixels = [[value for value, in pixel] for pixel in batches(picture, core.channels)]
        if core.grey:
            pixels = [[sum(map(mul, pixel, LUMA)) + 128 >> 8] for pixel in pixels]
        for y, x, channel in itertools.product(range(rows), range(columns), range(channels)):
            box = (pixels[(core.top + y * core.factor + dy) * core.width + core.left + x * core.factor + dx][channel]
                   for dy, dx in itertools.product(range(core.factor), repeat=2))
            mean = sum(box) + core.half >> core.bits
            yield (255 - mean if core.invert else mean,)


@transform.register
def _(core: cores.Readout, words: Iterable[Word]) -> Iterator[Word]:
    for image in batches(words, core.steps * core.groups):
        ranks = [0] * core.classes
        for tick, batch in enumerate(batches(image, core.groups)):
            flat = list(itertools.chain(*batch))
            potentials, reached = flat[::2], flat[1::2]
            if core.kind != "potential":
                ranks = [rank + fires for rank, fires in zip(ranks, reached, strict=True)]
            fired = core.kind == "first_spike" and any(reached)
            if fired or tick == core.steps - 1:
                best = max(range(core.classes), key=lambda i: (ranks[i], potentials[i], -i))
                code = tick if fired or core.kind != "first_spike" else core.steps
                yield (best, code, *potentials)
                break


def through(nodes: Sequence[Node], words: list[Word], result: dict[str, list[Word]]) -> list[Word]:
    """Output words of a chain for its input words; ``result`` collects those of every core, by name."""
    given: dict[str, list[Word]] = {}
    for node in nodes:
        second: list[Any] = [given[node.fork]] if node.fork else []
        if node.enclosed:
            second = [partial(through, node.enclosed, result=result)]
        elif node.branches:
            second = [[partial(through, branch, result=result) for branch in node.branches]]
        words = given[node.name] = list(transform(node.core, words, *second))
        result.setdefault(node.name, []).extend(words)
    return words


def borders(nodes: Sequence[Node], images: Iterable[Sequence[int]]) -> dict[str, list[Word]]:
    """Output words of each core of a chain, by its name; ``images`` are pixels in the order row, column, channel."""
    result: dict[str, list[Word]] = {node.name: [] for node in every(nodes)}
    lanes = pixels_taken(nodes)
    through(nodes, [tuple(image[at:at + lanes]) for image in images for at in range(0, len(image), lanes)], result)
    return result
