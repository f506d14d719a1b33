"""Small cores of every kind, with every edge case that a description can have, for proofs."""

from quant import Rate
from quant.dataflow import cores
from quant.dataflow.chain import Node
from quant.description.spike_coding import Binary, SpikeCoding, Times, Trains
from tests.neurons import TESTS

_MAP = {"bit_planes": 1, "lanes": 1}  # one bit a spike time: no core but the pool looks at its value


def _register(height: int, width: int, size: int, stride: int, passes: int, kernel: int = 0) -> cores.Core:
    """With ``kernel``, words of several pixels: the window then moves by a word in its row."""
    return cores.RegisterWindow(bit_planes=1, lanes=1, height=height, width=width, size=size, stride=stride,
                                kernel=kernel or size, step=1 if kernel else stride, passes=passes)


def _memory(height: int, width: int, size: int, stride: int, passes: int, words: int) -> cores.Core:
    return cores.MemoryWindow(bit_planes=1, lanes=1, height=height, width=width, size=size, stride=stride,
                              passes=passes, words=words)


def _synapses(lanes: int, words: int, channels: int, groups: int, planes: int, outermost: bool, bit_planes: int = 3,
              spike_coding: SpikeCoding = Times):
    rom = tuple((0xb5a6d39c >> 3 * at) % 2 ** (lanes * channels) for at in range(words * groups))
    return cores.Synapses(bit_planes=bit_planes, spike_coding=spike_coding, lanes=lanes, words=words, channels=channels,
                          groups=groups, planes_per_pass=planes, planes_outermost=outermost, rom=rom)


def _integers(bits: int, lanes: int, words: int, channels: int, groups: int, planes: int, outermost: bool = False,
              bit_planes: int = 3, spike_coding: SpikeCoding = Times):
    many = lanes * channels
    rom = tuple(sum((7 * (word * many + at) - 2**(bits - 1) >> bit & 1) << bit * many + at
                    for bit in range(bits) for at in range(many)) for word in range(words * groups))
    return cores.IntegerSynapses(bits=bits, bound=words * lanes << bits - 1, leaves=(0,) * 2 * bits,
                                 bit_planes=bit_planes, spike_coding=spike_coding, lanes=lanes, words=words,
                                 channels=channels, groups=groups, planes_per_pass=planes,
                                 planes_outermost=outermost, rom=rom)


def _depthwise(taps: int, words: int, channels: int, groups: int, planes: int, bit_planes: int = 3, bits: int = 1):
    pixel = channels * groups
    rom = tuple((0x35a6db96 >> 3 * at) % 2 ** (taps * channels * bits) for at in range(words * groups))
    several = {"bits": bits, "bound": words * taps << bits - 1, "leaves": (0,) * 2 * bits}
    kind = cores.IntegerDepthwiseSynapses if bits > 1 else cores.DepthwiseSynapses
    return kind(bit_planes=bit_planes, lanes=taps * pixel, pixel=pixel, words=words, channels=channels, groups=groups,
                planes_per_pass=planes, planes_outermost=False, rom=rom,
                sources=tuple((lane,) for lane in reversed(range(pixel))), **(several if bits > 1 else {}))


def _columns(planes: int, bit_planes: int):
    return cores.ColumnSynapses(bit_planes=bit_planes, lanes=5, words=1, channels=4, groups=1, planes_per_pass=planes,
                                planes_outermost=False, rom=(0b011101,), fields=((0, 1, 3), (1, 3, 4)))


CORES: dict[str, cores.Core] = {
    "encoder": cores.Encoder(bit_planes=5),
    "encoder of one tick": cores.Encoder(bit_planes=1),
    "encoder of two pixels": cores.Encoder(bit_planes=5, lanes=2),
    "encoder of spike trains": cores.Encoder(bit_planes=3, spike_coding=Trains),
    "register slice": cores.RegisterSlice(bit_planes=2, lanes=2),
    "pack 2": cores.Pack(bit_planes=2, lanes=2, ratio=2),
    "pack 2, from outside": cores.Pack(bit_planes=2, lanes=1, ratio=2, single=True),
    "pack 3": cores.Pack(bit_planes=1, lanes=1, ratio=3),
    "unpack 2": cores.Unpack(bit_planes=2, lanes=4, ratio=2),
    "unpack 3": cores.Unpack(bit_planes=1, lanes=3, ratio=3),
    "queue of 4": cores.Queue(bit_planes=1, spike_coding=Binary, lanes=1, depth=4),
    "pad 1": cores.Pad(words=1, height=2, width=2, padding=1, left=1, right=1, **_MAP),
    "pad 1, two words a pixel": cores.Pad(words=2, height=1, width=2, padding=1, left=1, right=1, **_MAP),
    "pad 2": cores.Pad(words=1, height=1, width=1, padding=2, left=2, right=2, **_MAP),
    "pad 2, of words of two columns": cores.Pad(words=1, height=1, width=2, padding=2, left=1, right=0, **_MAP),
    "register window 2x2": _register(3, 3, 2, 1, passes=1),
    "register window 2x2, three passes": _register(3, 3, 2, 1, passes=3),
    "register window 2x2, stride 2, a row and a column left over": _register(3, 3, 2, 2, passes=2),
    "register window 3x3": _register(4, 4, 3, 1, passes=2),
    "register window 1x1, stride 2": _register(3, 4, 1, 2, passes=1),
    "register window of the whole map": _register(2, 2, 2, 1, passes=2),
    "register window 2x3 of words, stride 2": _register(4, 4, 2, 2, passes=2, kernel=3),
    "register window of rows of one word": _register(3, 1, 2, 1, passes=1, kernel=1),
    "memory window 2x2": _memory(3, 3, 2, 1, passes=1, words=1),
    "memory window 2x2, two words, two passes": _memory(2, 3, 2, 1, passes=2, words=2),
    "memory window 2x2, stride 2, rows left over": _memory(5, 3, 2, 2, passes=1, words=1),
    "memory window 1x1, stride 2": _memory(4, 3, 1, 2, passes=1, words=1),
    "memory window of the whole map": _memory(1, 1, 1, 1, passes=2, words=3),
    "synapses, weights in wires": _synapses(3, 1, 2, 1, 3, False),
    "synapses, two words, two groups": _synapses(1, 2, 1, 2, 1, False, bit_planes=2),
    "synapses, two words, partial ticks": _synapses(1, 2, 1, 1, 2, False),
    "synapses, planes outermost": _synapses(2, 1, 2, 2, 1, True, bit_planes=2),
    "synapses, two stages": _synapses(9, 1, 1, 1, 1, False, bit_planes=1),
    "synapses in pairs, two words": _synapses(5, 2, 1, 1, 1, False, bit_planes=1),
    "synapses in pairs, two groups": _synapses(4, 1, 1, 2, 2, False, bit_planes=2),
    "synapses of trains": _synapses(3, 1, 2, 1, 3, False, spike_coding=Trains),
    "synapses of trains, two words, partial ticks": _synapses(1, 2, 1, 1, 2, False, spike_coding=Trains),
    "synapses of numbers, two words, partial planes": _synapses(1, 2, 1, 1, 2, False, spike_coding=Binary),
    "synapses of 4 bits, weights in wires": _integers(4, 4, 1, 2, 1, 2, bit_planes=2),
    "synapses of 2 bits, two words, two groups": _integers(2, 1, 2, 1, 2, 1, bit_planes=2),
    "synapses of 3 bits, two words, partial ticks": _integers(3, 1, 2, 1, 1, 2),
    "synapses of 3 bits, planes outermost": _integers(3, 2, 1, 2, 2, 1, outermost=True, bit_planes=2),
    "synapses of 2 bits, of trains": _integers(2, 3, 1, 1, 1, 2, bit_planes=2, spike_coding=Trains),
    "synapses of two positions": _columns(2, 1),
    "synapses of two positions, plane by plane": _columns(1, 2),
    "depthwise synapses, weights in wires": _depthwise(2, 1, 2, 1, 2, bit_planes=2),
    "depthwise synapses, two words, two groups": _depthwise(1, 2, 1, 2, 2),
    "depthwise synapses of 3 bits, weights in wires": _depthwise(2, 1, 2, 1, 2, bit_planes=2, bits=3),
    "depthwise synapses of 2 bits, two words, two groups": _depthwise(1, 2, 1, 2, 2, bits=2),
    "current of single planes": cores.Current(bit_planes=3, spike_coding=Binary, channels=2, planes_per_pass=1,
                                              plane_bound=2, repeats=2),
    "current of partial planes": cores.Current(bit_planes=3, spike_coding=Binary, channels=1, planes_per_pass=2,
                                               plane_bound=3, repeats=3),
    "current of all planes": cores.Current(bit_planes=2, spike_coding=Binary, channels=1, planes_per_pass=2,
                                           plane_bound=1, repeats=1),
    "buffered current": cores.Current(bit_planes=2, spike_coding=Binary, channels=1, planes_per_pass=1, plane_bound=1,
                                      repeats=2, buffered=True),
    **{name: core for kind in TESTS.values() for name, core in kind.examples.items()},
    "resize by 2": cores.Resize(width=4, height=2, channels=1, left=0, top=0, factor=2, output_shape=(1, 1, 2)),
    "resize of a part, inverse": cores.Resize(width=4, height=3, channels=1, left=1, top=1, factor=1, invert=True,
                                              output_shape=(1, 1, 2)),
    "resize of two channels": cores.Resize(width=2, height=3, channels=2, left=0, top=1, factor=2,
                                           output_shape=(2, 1, 1)),
    "resize to grey": cores.Resize(width=2, height=1, channels=3, left=1, top=0, factor=1, output_shape=(1, 1, 1)),
    "pool 2x2": cores.Pool(bit_planes=2, lanes=1, groups=1, height=2, width=4, size=2),
    "pool 2x2, two groups, a row and a column left over": cores.Pool(bit_planes=1, lanes=1, groups=2, height=3, width=3,
                                                                     size=2),
    "pool of trains": cores.Pool(bit_planes=2, spike_coding=Trains, lanes=2, groups=1, height=2, width=4, size=2),
    "pool of numbers": cores.Pool(bit_planes=2, spike_coding=Binary, lanes=2, groups=1, height=2, width=4, size=2),
    "pool 2x2 of words of four pixels": cores.Pool(bit_planes=2, lanes=4, groups=1, height=2, width=2, size=2,
                                                   columns=4),
    "pool of words of two pixels of numbers": cores.Pool(bit_planes=2, spike_coding=Binary, lanes=4, groups=1, height=2,
                                                         width=2, size=2, columns=2),
    "pool 1x1": cores.Pool(bit_planes=1, lanes=1, groups=1, height=2, width=2, size=1),
    "pool 3x3": cores.Pool(bit_planes=1, lanes=1, groups=1, height=3, width=3, size=3),
    "readout of spikes": cores.Readout(bit_planes=2, kind="first_spike", channels=2, groups=1, membrane_width=2),
    "readout of spikes, two groups": cores.Readout(bit_planes=2, kind="first_spike", channels=1, groups=2,
                                                   membrane_width=2),
    "readout of counts": cores.Readout(bit_planes=3, kind="count", channels=2, groups=1, membrane_width=2),
    "readout of counts, two groups": cores.Readout(bit_planes=2, kind="count", channels=1, groups=2, membrane_width=2),
    "readout of potentials": cores.Readout(bit_planes=2, kind="potential", channels=3, groups=1, membrane_width=2),
}
SHORTCUTS: dict[str, tuple[cores.Fork, cores.Join]] = {
    f"shortcut over a ring of {depth}": (
        cores.Fork(bit_planes=2, spike_coding=Binary, lanes=2, depth=depth),
        cores.Join(bit_planes=2, spike_coding=Binary, channels=2, groups=1, ticks=1, words=1, gains=(3, 1),
                   shift=depth // 4, before=3, input_bound=15))
    for depth in (2, 4)}


COPIES: dict[str, cores.Copies] = {
    f"{number} networks side by side": cores.Copies(
        bit_planes=1, words=2, number=number, readout=cores.Readout(  # a result of 16 bits
            bit_planes=1, kind="potential", channels=2, groups=1, membrane_width=7))
    for number in (2, 3)}


def _loop(channels: int, groups: int, rom: tuple[int, ...], *, steps: int = 2, threshold: int = 2, before: int = 3,
          shift: int = 0, **rate) -> Node:
    """Neurons all to all, and their loop."""
    every, one = channels * groups, {"bit_planes": 1, "spike_coding": Trains}
    converters = [Node("pack", cores.Pack(lanes=channels, ratio=groups, **one))] if groups > 1 else []
    neurons = cores.RecurrentNeurons(
        bit_planes=steps, spike_coding=Trains, channels=channels, groups=groups, ticks=1,
        input_bound=before + (every << shift), positions=1, before=before, fed=every, shift=shift,
        neurons=Rate(threshold=[threshold + index for index in range(every)], **rate))
    return Node("neurons", neurons, enclosed=(
        *converters,
        Node("window", cores.RegisterWindow(lanes=every, height=1, width=1, size=1, stride=1, kernel=1, step=1,
                                           passes=groups, **one)),
        Node("synapses", cores.Synapses(lanes=every, words=1, channels=channels, groups=groups, planes_per_pass=1,
                                        planes_outermost=False, rom=rom, **one))))


CREDITS: dict[str, cores.Credits] = {
    f"credits for results of {period} words": cores.Credits(
        bit_planes=1, spike_coding=Binary, lanes=period, taken=cores.Core(bit_planes=1, spike_coding=Binary),
        taken_lanes=1, period=period, depth=4)
    for period in (1, 2)}


LOOPS: dict[str, Node] = {
    "loop of one neuron": _loop(1, 1, (1,), steps=3, leak=1),
    "loop of one neuron that stops itself": _loop(1, 1, (0,), shift=1, reset="zero"),
    "loop of two neurons at once": _loop(2, 1, (0b1001,), bias=[1, 0]),
    "loop of two neurons, one by one": _loop(1, 2, (0b10, 0b01), steps=3),
}
SMALLEST_MEMORY_WINDOWS: dict[str, cores.Core] = {
    "memory window of the whole map 2x2": _memory(2, 2, 2, 1, passes=1, words=1),
    "memory window 1x1, stride 2, two columns": _memory(3, 2, 1, 2, passes=1, words=1),
}
EVENT_FRAMES = {
    "event frames of a pixel": cores.EventFrames(width=2, height=2, rows=1, columns=1, ticks=1, count=1),
    "event frames of two pixels": cores.EventFrames(width=4, height=2, rows=1, columns=2, factor=2, ticks=1, count=1),
}
GATHERED = {
    "event frames of two ticks": cores.EventFrames(width=1, height=1, rows=1, columns=1, ticks=2, count=1),
    "event frames of two events": cores.EventFrames(width=2, height=1, rows=1, columns=2, ticks=1, count=2),
}
