"""The cores of each part of a chain: of the input, of a stage and its loop, of a pool, of the result."""

import math
from collections.abc import Generator, Iterator
from functools import singledispatch
from typing import Any

from ..description.integers import IntegerTensor
from ..description.network import Network
from ..description.neurons import Collecting
from ..description.signal import Signal
from ..description.spike_coding import Binary
from .cores import (
    ColumnSynapses,
    Copies,
    Core,
    Current,
    DepthwiseSynapses,
    Encoder,
    Fork,
    IntegerDepthwiseSynapses,
    IntegerSynapses,
    Join,
    MemoryWindow,
    OutputNeurons,
    Pack,
    Pad,
    Pool,
    Queue,
    Readout,
    RecurrentNeurons,
    RegisterSlice,
    RegisterWindow,
    SerialNeurons,
    Synapses,
    Unpack,
    UnrolledNeurons,
    ceil_div,
)
from .folding import Fold
from .pipelines import credits, power_of_two
from .stage import DepthwiseStage, Loop, PoolStage, Stage, SynapticStage


def _rom(stage: SynapticStage, fold: Fold) -> tuple[int, ...]:
    if not stage.planes:  # weights that do not matter
        return (0,) * (stage.shape_out[0] // fold.channels * (stage.fan_in // fold.synapses))
    words = []
    for group in range(0, stage.shape_out[0], fold.channels):
        rows = [row for plane in stage.planes for row in plane[group:group + fold.channels]]
        for start in range(0, stage.fan_in, fold.synapses):
            bits = "".join([row[start:start + fold.synapses] for row in rows])  # the first is the lowest
            words.append(int(bits[::-1], 2))
    return tuple(words)


@singledispatch
def _synapses(stage: SynapticStage, fold: Fold) -> Synapses:
    bits = _bits(stage)
    common: dict[str, Any] = {"lanes": fold.synapses, "planes_outermost": stage.is_output, **_sums(stage, fold), **bits}
    if fold.columns > 1:
        columns = stage.columns(fold.columns)
        return ColumnSynapses(**common | {
            "lanes": stage.size * columns.kernel * stage.word_lanes(fold.synapses, fold.columns),
            "channels": fold.channels * columns.positions, "fields": columns.fields(stage.shape_in[0])})
    return IntegerSynapses(**common) if bits else Synapses(**common)


@_synapses.register
def _(stage: DepthwiseStage, fold: Fold) -> Synapses:
    bits, pixel = _bits(stage), stage.shape_in[0]
    return (IntegerDepthwiseSynapses if bits else DepthwiseSynapses)(
        lanes=fold.synapses // len(stage.inputs) * pixel, pixel=pixel, sources=stage.sources, planes_outermost=False,
        **_sums(stage, fold), **bits)


def _bits(stage: SynapticStage) -> dict[str, Any]:
    """Parameters of weights of several bits; empty of signs."""
    if not isinstance(stage.weights, IntegerTensor):
        return {}
    share = stage.fan_in / stage.weights.size  # of all weights in the synapses of a channel
    return {"bits": stage.weights.width, "bound": stage.bound,
            "leaves": tuple(round(count * share) for count in stage.weights.digits)}


def _sums(stage: SynapticStage, fold: Fold) -> dict[str, Any]:
    return {"bit_planes": stage.signal.bit_planes, "spike_coding": stage.signal.spike_coding,
            "words": stage.fan_in // fold.synapses, "channels": fold.channels,
            "groups": stage.shape_out[0] // fold.channels, "planes_per_pass": fold.ticks, "rom": _rom(stage, fold)}


def _neurons(stage: SynapticStage, synapses: Synapses) -> Iterator[tuple[str, Core]]:
    """Neurons, behind a current if they take numbers."""
    ticks, neurons = synapses.planes_per_pass, stage.neurons.repeated(synapses.positions)
    if stage.signal.spike_coding.numeric:
        yield "current", Current(bit_planes=synapses.bit_planes, spike_coding=synapses.spike_coding,
                                 channels=synapses.channels, planes_per_pass=ticks, plane_bound=stage.bound,
                                 repeats=1 if stage.loop else stage.steps,
                                 buffered=isinstance(stage.neurons, Collecting))
        ticks = 1
    if stage.loop:
        yield "neurons", _recurrent(stage, stage.loop, synapses.channels, synapses.groups)
        return
    kind = (OutputNeurons if stage.is_output else
            UnrolledNeurons if synapses.words < ticks == stage.steps else SerialNeurons)
    if stage.shortcut:
        yield "join", _join(stage, synapses.channels, synapses.groups, ticks)
    yield "neurons", kind(bit_planes=stage.steps, spike_coding=stage.neurons.gives, channels=synapses.channels,
                          groups=synapses.groups, ticks=ticks, input_bound=stage.input_bound, neurons=neurons)


def _recurrent(stage: SynapticStage, loop: Loop, channels: int, groups: int) -> RecurrentNeurons:
    _, height, width = stage.shape_out
    return RecurrentNeurons(bit_planes=stage.steps, spike_coding=stage.neurons.gives, channels=channels, groups=groups,
                            ticks=1,
                            input_bound=stage.input_bound, neurons=stage.neurons, positions=height * width,
                            before=stage.bound * stage.signal.peak, fed=loop.stage.bound, shift=loop.shift)


def _join(stage: SynapticStage, channels: int, groups: int, ticks: int) -> Join:
    branch = stage.shortcut
    assert branch is not None
    return Join(bit_planes=branch.signal.bit_planes, spike_coding=branch.signal.spike_coding, channels=channels,
                groups=groups, ticks=ticks, words=ceil_div(stage.steps, ticks), gains=branch.gains, shift=branch.shift,
                input_bound=stage.input_bound, before=stage.bound * stage.signal.peak)


def fork_core(stage: SynapticStage, fold: Fold) -> Fork:
    """The beginning of a stage's shortcut."""
    branch = stage.shortcut
    assert branch is not None
    words = branch.pixels * (stage.shape_out[0] // fold.channels)
    return Fork(bit_planes=branch.signal.bit_planes, spike_coding=branch.signal.spike_coding, lanes=fold.channels,
                depth=power_of_two(words))


def converters(signal: Signal, lanes: int, target: int) -> Iterator[Core]:
    """The cores that turn words of ``lanes`` values into words of ``target``; none if they are equal."""
    common = math.gcd(lanes, target)
    if lanes > common:
        yield Unpack(bit_planes=signal.bit_planes, spike_coding=signal.spike_coding, lanes=lanes, ratio=lanes // common)
    if target > common:
        yield Pack(bit_planes=signal.bit_planes, spike_coding=signal.spike_coding, lanes=common, ratio=target // common)


def gatherers(signal: Signal, lanes: int) -> Iterator[Pack]:
    """The core that makes words of ``lanes`` values of single ones from outside; none for one."""
    if lanes > 1:
        yield Pack(bit_planes=signal.bit_planes, spike_coding=signal.spike_coding, lanes=1, ratio=lanes, single=True)


def input_lanes(stage: Stage, fold: Fold | None) -> int:
    """Pixels in an input word, for the first stage and its fold: one, unless that takes several columns at once."""
    return stage.shape_in[0] * fold.columns if fold and fold.columns > 1 else 1


def encoder_cores(network: Network, lanes: int) -> Iterator[tuple[str, Core]]:
    """The cores in front of all stages, by name, for words of ``lanes`` pixels."""
    coded = network.signals[0]
    yield "encoder", Encoder(bit_planes=coded.bit_planes, spike_coding=coded.spike_coding, lanes=lanes)
    yield "encoder_slice", RegisterSlice(bit_planes=coded.bit_planes, spike_coding=coded.spike_coding, lanes=lanes)


def stage_cores(stage: SynapticStage, fold: Fold) -> Iterator[tuple[str, Core]]:
    """The cores of a stage, by their part of its name, without those of its loop.

    Credits are behind the cores that they enclose. Rows come in bursts, and a register window that stays at a position
    for several cycles would hold up the stages before it in each: as many rows wait in a queue as the first window of
    the next image needs before it.
    """
    if not stage.is_input and stage.size > 1 and fold.synapses == stage.fan_in and _stays(stage, fold):
        word: dict[str, Any] = {"bit_planes": stage.signal.bit_planes, "spike_coding": stage.signal.spike_coding,
                                "lanes": stage.word_lanes(fold.synapses, fold.columns)}
        if fold.columns > 1:  # the words are packed in front of it
            yield "packed_slice", RegisterSlice(**word)
        rows = stage.size - 1
        yield "queue", Queue(depth=power_of_two(rows * (stage.shape_in[2] // fold.columns)), **word)
        yield "queue_slice", RegisterSlice(**word)
    synapses = yield from _summing(stage, fold)
    neurons = list(_neurons(stage, synapses))
    yield from neurons
    if flow := credits(synapses, *(core for _, core in neurons)):
        yield "credits", flow
    elif not stage.is_output:
        yield "slice", RegisterSlice(bit_planes=stage.steps, spike_coding=stage.neurons.gives, lanes=synapses.channels)


def _stays(stage: SynapticStage, fold: Fold) -> bool:
    """Whether a stage with all of its synapses takes more than a cycle at a position."""
    return fold.channels < stage.shape_out[0] or fold.ticks < stage.steps or stage.signal.spike_coding.numeric


def loop_cores(loop: Loop, fold: Fold) -> Iterator[tuple[str, Core]]:
    """The cores of a loop, by their part of its name: spikes in, sums out, ``fold.channels`` of both."""
    for core in converters(loop.stage.signal, fold.channels, loop.stage.word_lanes(fold.synapses)):
        yield type(core).__name__.lower(), core
    yield from _summing(loop.stage, fold)


def _summing(stage: SynapticStage, fold: Fold) -> Generator[tuple[str, Core], None, Synapses]:
    channels, height, _ = stage.shape_in
    word, columns = stage.word_lanes(fold.synapses, fold.columns), stage.columns(fold.columns)
    planes, spike_coding = stage.signal.bit_planes, stage.signal.spike_coding
    if stage.padding:
        yield "pad", Pad(bit_planes=planes, spike_coding=spike_coding, lanes=word, words=max(1, channels // word),
                         height=height, width=columns.words, padding=stage.padding, left=columns.left,
                         right=columns.right)
    synapses = _synapses(stage, fold)
    window: dict[str, Any] = {
        "bit_planes": planes, "spike_coding": spike_coding, "lanes": word, "height": height + 2 * stage.padding,
        "width": columns.row, "size": stage.size, "stride": stage.stride, "passes": synapses.passes}
    if fold.columns > 1:
        yield "window", RegisterWindow(kernel=columns.kernel, step=1, **window)
    elif fold.synapses == stage.fan_in:
        yield "window", RegisterWindow(kernel=stage.size, step=stage.stride, **window)
    else:
        yield "window", MemoryWindow(words=channels // word, border=2 * stage.padding, **window)
        yield "window_slice", RegisterSlice(bit_planes=planes, spike_coding=spike_coding, lanes=word)
    yield "synapses", synapses
    return synapses


def pool_core(stage: PoolStage, lanes: int) -> Pool:
    """The core of a pool that takes words of ``lanes`` values."""
    channels, height, width = stage.shape_in
    columns = max(1, lanes // channels)
    return Pool(bit_planes=stage.signal.bit_planes, spike_coding=stage.signal.spike_coding, lanes=lanes,
                groups=max(1, channels // lanes), height=height, width=width // columns, size=stage.size,
                columns=columns)


def readout_core(network: Network, last: OutputNeurons) -> Readout:
    """The readout behind the neurons of the last layer."""
    return Readout(bit_planes=network.steps, kind=network.readout, channels=last.channels, groups=last.groups,
                   membrane_width=last.membrane_width)


def copies_core(network: Network, readout: Readout, number: int, lanes: int) -> Copies:
    """The two ends of ``number`` networks side by side, which take words of ``lanes`` pixels."""
    return Copies(bit_planes=readout.bit_planes, words=math.prod(network.input_shape) // lanes, lanes=lanes,
                  readout=readout, number=number)


def queue_core(network: Network, lanes: int) -> Queue:
    """What a whole image waits in, in front of a copy that takes words of ``lanes`` pixels."""
    words = math.prod(network.input_shape) // lanes
    return Queue(bit_planes=8, spike_coding=Binary, lanes=lanes, pixels=True, depth=power_of_two(words))
