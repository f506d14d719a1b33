"""A cost model of every core: its area in closed form from its description.

Flip-flops are counted from the registers of the core, LUTs from its adders, multiplexers and comparators.
``benchmarks/estimate.py`` measures how far the model is off.
"""

from functools import singledispatch

from quant.dataflow import cores
from quant.dataflow.cores import ceil_div

from ..cores.neurons.lane import LANES, Lane
from ..families.fabric import Fabric, Size
from .trees import popcount

HANDSHAKE = Size(3, 1)


def _bits(states: int) -> int:
    return (states - 1).bit_length()


def _counter(length: int) -> Size:
    """Counts to ``length`` and wraps, with a signal for its last value."""
    bits = _bits(length)
    wraps = length & (length - 1) > 0
    return Size(bits * (1.6 if wraps else 1.3) + 1, bits) if bits else Size()


def counters(*lengths: int) -> Size:
    """Counters to so many each."""
    return sum((_counter(length) for length in lengths), Size())


@singledispatch
def size(core: cores.Core, fabric: Fabric) -> Size:
    """Area of one core."""
    raise TypeError(f"core must have a cost model, not {core!r}")


def in_cells(core: cores.Core, fabric: Fabric) -> Size:
    """Area of one core in cells of the family, of which a LUT with 4 inputs may take more than one."""
    found = size(core, fabric)
    return Size(found.luts * fabric.lut4, found.flip_flops, found.block_rams)


@size.register
def _(core: cores.Encoder, fabric: Fabric) -> Size:
    scales = core.spike_coding.once and core.bit_planes & (core.bit_planes - 1) > 0
    return HANDSHAKE + fabric.bare(9) + Size(3 + core.lane_width + (16 if scales else 0), core.lane_width)


@size.register
def _(core: cores.RegisterSlice, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    return HANDSHAKE + Size(2 + word, 1 + word) + fabric.bare(word)


@size.register
def _(core: cores.Pack, fabric: Fabric) -> Size:
    return HANDSHAKE + _counter(core.ratio) + fabric.bare(core.lanes * core.ratio * core.lane_width)


@size.register
def _(core: cores.Unpack, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    return Size(word + 3, word) + _counter(core.ratio + 1)


@size.register
def _(core: cores.Pad, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    extents = [extent + 2 * core.padding for extent in (core.height, core.width)]
    ranges = Size(sum(_bits(extent) for extent in extents))
    return HANDSHAKE + Size(word + 6, word) + counters(core.words, *extents) + ranges


@size.register
def _(core: cores.MemoryWindow, fabric: Fabric) -> Size:
    address = _bits(core.depth)
    loops = counters(core.run, core.size, core.passes, core.columns_out, core.rows_out, core.row_words)
    choices = 2.5 if core.positions > 1 else 1  # of the distance by which the address moves
    moves = Size(2 * fabric.adder(address) + choices * address, 2 * address)
    rows = Size(4 * core.rows.bit_length(), core.rows.bit_length())
    return (HANDSHAKE + loops + moves + rows
            + fabric.ram(core.lanes * core.lane_width, core.depth, transparent=False))


@size.register
def _(core: cores.RegisterWindow, fabric: Fabric) -> Size:
    pixel = core.lanes * core.lane_width
    countdown = max(core.size, core.stride)
    lines = (fabric.ram(pixel * (core.size - 1), core.width, transparent=False) + Size(_bits(core.width))
             if core.size > 1 else Size())
    return (HANDSHAKE + counters(core.width, core.height, countdown, countdown, core.passes + 1)
            + fabric.bare(core.size * core.size * pixel) + lines)


def _spikes(core: cores.Synapses, inputs: int, fabric: Fabric) -> Size:
    """Reading so many values in each plane of a group."""
    several = core.plane_groups > 1
    compare = (2 * core.lane_width - 1) / 3 if several else max(1.0, (core.lane_width - 1) / 3)
    first_plane = Size(core.planes_per_pass * core.lane_width, core.lane_width) if several else Size()
    registered = inputs * core.planes_per_pass
    return Size(fabric.comparing * registered * compare, registered) + first_plane


def _sums(core: cores.Synapses, fabric: Fabric) -> Size:
    """All but the trees: weights, and adding up what these give."""
    places, sums = core.words * core.groups, core.planes_per_pass * core.channels
    effort = fabric.total if core.words == 1 else fabric.accumulated * (0.6 if core.synapses == 1 else 1)
    totals = Size(fabric.adder(core.sum_width) * effort, core.sum_width) * sums
    ands = Size(0 if places == 1 else 0.2 * len(core.places) * core.synapses * sums)
    weights = (Size() if places == 1 else fabric.rom(core.word_bits, places) + fabric.bare(core.word_bits)
               + Size(2 * fabric.adder(_bits(places)), _bits(places)))
    control = HANDSHAKE + Size(3, core.latency + 1) + counters(core.words, core.words, core.plane_groups, core.groups)
    return control + weights + ands + totals


@size.register
def _(core: cores.Synapses, fabric: Fabric) -> Size:
    positive = core.lanes // 2 if core.words * core.groups == 1 else core.lanes
    trees = (popcount(core.lanes, core.adder_stages, fabric) * core.planes_per_pass
             + popcount(positive, core.adder_stages, fabric) * (core.planes_per_pass * core.channels))
    return _sums(core, fabric) + _spikes(core, core.lanes, fabric) + trees


@size.register
def _(core: cores.IntegerSynapses, fabric: Fabric) -> Size:
    counted = _counts(core, fabric) * (core.planes_per_pass * core.channels)
    return _sums(core, fabric) + _spikes(core, core.lanes, fabric) + counted


def _counts(core: cores.IntegerSynapses, fabric: Fabric) -> Size:
    """Trees of one sum over weights of several bits."""
    wired = core.words * core.groups == 1
    trees = [count for count in (core.leaves if wired else (core.synapses,) * core.bits) if count]
    counted = sum((popcount(count, core.adder_stages, fabric) for count in trees), Size())
    return counted + Size(max(0, len(trees) - 2) * fabric.adder(core.sum_width))  # the sum has two addends already


@size.register
def _(core: cores.DepthwiseSynapses, fabric: Fabric) -> Size:
    wires = core.words * core.groups == 1
    halves = (core.synapses // 2, ceil_div(core.synapses, 2)) if wires else (core.synapses, core.synapses)
    return _depthwise(core, sum((popcount(half, core.adder_stages, fabric) for half in halves), Size()), fabric)


@size.register
def _(core: cores.IntegerDepthwiseSynapses, fabric: Fabric) -> Size:
    return _depthwise(core, _counts(core, fabric), fabric)


def _depthwise(core: cores.DepthwiseSynapses, trees: Size, fabric: Fabric) -> Size:
    """All of it, of the trees of one sum."""
    inputs = core.synapses * core.channels
    read = inputs if core.spike_coding.once or core.plane_groups > 1 else 0  # a plane that never changes is a wire
    choices = Size(inputs * core.lane_width * (core.groups - 1) * 2 / 3)  # two LUTs for four groups
    trees *= core.planes_per_pass * core.channels
    groups = counters(core.words, core.plane_groups, core.groups) if core.groups > 1 else Size()
    wired = fabric.bare((inputs - read) * core.planes_per_pass)
    return _sums(core, fabric) + _spikes(core, read, fabric) + wired + choices + groups + trees


def _tick_words(core: cores.NeuronCore, fabric: Fabric, groups: int) -> Size:
    word = core.channels * core.sum_width
    words = Size(word * core.ticks, word * core.ticks) if core.ticks > 1 else fabric.bare(word)
    return Size(4, 0) + words + counters(core.ticks + 1, groups, core.tick_groups)


def _lane(core: cores.NeuronCore) -> type[Lane]:
    return LANES[core.neurons.kind]


def _state_bits(core: cores.NeuronCore) -> int:
    """Bits that a neuron keeps between ticks; nothing where there is one tick."""
    kept = sum(shape.width for shape in _lane(core).state_shapes(core))
    return core.membrane_width + kept if core.steps > 1 else 0


def _advance(core: cores.NeuronCore, fabric: Fabric) -> float:
    """LUTs of one neuron's tick: S, V, bias, comparator, reset, leak."""
    sums, membranes = _lane(core).sum_adders(core), _lane(core).membrane_adders(core)
    return fabric.adder(core.sum_width) * sums + fabric.adder(core.membrane_width) * membranes


def _tables(core: cores.NeuronCore) -> float:
    return _lane(core).table_luts(core)


@size.register
def _(core: cores.Current, fabric: Fabric) -> Size:
    several = core.plane_groups > 1
    adders = (core.planes_per_pass - 1 + several) * fabric.adder((core.plane_width + core.sum_width) // 2)
    channel = Size(adders, core.sum_width) + fabric.bare(core.sum_width if several else 0)
    return Size(4) + channel * core.channels + counters(core.repeats + 1, core.plane_groups)


def _ring(word: int, depth: int, fabric: Fabric) -> Size:
    address = _bits(depth)
    return (Size(2 * (address + 2), 2 * (address + 1)) + counters(depth, depth)
            + fabric.ram(word, depth, transparent=False))


@size.register
def _(core: cores.Queue, fabric: Fabric) -> Size:
    return Size(3 * _bits(core.depth)) + _ring(core.lane_width * core.lanes, core.depth, fabric)


@size.register
def _(core: cores.Credits, fabric: Fabric) -> Size:
    left = _bits(core.depth + 1)
    return (Size(2 * left + 4, left + 3) + counters(core.period)
            + _ring(core.lane_width * core.lanes, core.depth, fabric))


@size.register
def _(core: cores.Copies, fabric: Fabric) -> Size:
    readout = core.readout
    bits = _bits(readout.classes) + readout.lane_width + readout.membrane_width * readout.classes
    choices = min(core.number - 1, 0.6 * (core.number + 1))  # LUTs a bit of the result
    return Size(bits * choices + 3 * core.number) + counters(core.words, core.number, core.number)


@size.register
def _(core: cores.Fork, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    return HANDSHAKE + Size(word, word) + _ring(word, core.depth, fabric)


@size.register
def _(core: cores.Join, fabric: Fabric) -> Size:
    bits = max(core.gains).bit_length()
    products = ((core.lane_width - 1) * fabric.adder(bits) if core.spike_coding.numeric else
                core.lane_width / 3 * core.ticks)
    choices = bits * max(1.0, core.groups / 16) if core.groups > 1 else 0
    lane = Size(products + choices + fabric.adder(core.sum_width) * core.ticks, core.sum_width * core.ticks)
    return HANDSHAKE + Size(2) + lane * core.channels + counters(core.words, core.groups)


@size.register
def _(core: cores.SerialNeurons, fabric: Fabric) -> Size:
    state, time = _state_bits(core), core.lane_width if core.steps > 1 else 0
    lane = (Size(_advance(core, fabric) + state + 2 * time + 1, state + time)
            + fabric.bare(core.lane_width + _lane(core).compared_bits(core)))
    control = HANDSHAKE + Size(4, 2 + _bits(core.steps)) + counters(core.steps, core.groups if _tables(core) else 1)
    return control + lane * core.channels + Size(_tables(core)) + _tick_words(core, fabric, 1)


@size.register
def _(core: cores.OutputNeurons, fabric: Fabric) -> Size:
    state = _state_bits(core)
    lane = (Size(_advance(core, fabric) + state, state) + fabric.bare(core.membrane_width + 1)
            + fabric.bare(core.membrane_width + state * (core.groups - 1)))
    control = HANDSHAKE + Size(3, 1) + counters(core.steps, core.groups)
    return control + lane * core.channels + Size(_tables(core)) + _tick_words(core, fabric, core.groups)


@size.register
def _(core: cores.RecurrentNeurons, fabric: Fabric) -> Size:
    kept = core.taken_width + core.membrane_width + core.steps - 1
    choices = core.taken_width + core.fed_width + core.membrane_width  # of what counts in tick 0
    lane = Size(_advance(core, fabric) + fabric.adder(core.sum_width) + choices) + fabric.bare(core.lane_width)
    control = HANDSHAKE + Size(6 + 2 * _bits(core.places)) + counters(core.places, core.groups, core.steps)
    state = fabric.ram(core.channels * kept, max(2, core.places), transparent=False)
    return (control + lane * core.channels + Size(_tables(core)) + state
            + _ring(core.channels, core.depth, fabric))


@size.register
def _(core: cores.UnrolledNeurons, fabric: Fabric) -> Size:
    steps, state = core.steps, _state_bits(core)
    waiting = core.sum_width * (steps - 1) * steps // 2
    logic = _advance(core, fabric) * max(1, steps - 1) + (core.lane_width + 1) * steps  # V of the first tick is n
    lane = Size(logic, state * (steps - 1) + core.lane_width * steps)
    groups = fabric.bare(_bits(core.groups) * steps if _tables(core) else 0)
    return (HANDSHAKE + groups + Size(_tables(core) * steps) + _counter(core.groups if _tables(core) else 1)
            + (lane + fabric.bare(waiting)) * core.channels + Size(0, steps))


@size.register
def _(core: cores.Pool, fabric: Fabric) -> Size:
    word, depth = core.lanes * core.lane_width, core.columns_out * core.groups
    address = _bits(core.width * core.groups)
    minima = (Size(core.lanes * (core.lane_width + 2) + word)
              + fabric.bare(2 * word + _bits(depth) + 2) + fabric.ram(word, depth, transparent=True))
    loops = counters(core.groups, core.width, core.height, core.size, core.size)
    return HANDSHAKE + Size(2, 1) + minima + loops + Size(fabric.adder(address) + address, address)


@size.register
def _(core: cores.Readout, fabric: Fabric) -> Size:
    width = core.membrane_width + (core.kind == "first_spike")
    bank = width * core.classes
    best = Size(fabric.adder(core.membrane_width) + 4) + fabric.bare(width)
    result = Size(3 * core.classes.bit_length() + core.lane_width, 3 * _bits(core.classes) + core.lane_width + 2)
    # words of one lane come in as the scan moves on; more lanes are a choice for each bit
    stored = fabric.bare(bank) if core.channels == 1 else Size(bank, bank)
    return HANDSHAKE + Size(20) + stored + best + result + counters(core.groups, core.steps)
