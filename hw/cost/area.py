"""A cost model of every core: its area in closed form from its description.

Flip-flops are counted from the registers of the core, LUTs from its adders, multiplexers and comparators.
``benchmarks/estimate.py`` measures how far the model is off.
"""

from quant.dataflow import cores

from ..cores.neurons.lane import LANES, Lane
from ..families.fabric import Fabric, Size
from . import resizing as resizing  # noqa: PLC0414  # further cases, as of sums
from . import sums as sums  # noqa: PLC0414
from .cells import HANDSHAKE, counter, counters, in_cells, index_bits, size

__all__ = ["in_cells", "size"]


@size.register
def _(core: cores.Encoder, fabric: Fabric) -> Size:
    scales = core.spike_coding.once and core.bit_planes & (core.bit_planes - 1) > 0
    return (HANDSHAKE + Size(3) + fabric.bare(1 + 8 * core.lanes)
            + Size(core.lane_width + (16 if scales else 0), core.lane_width) * core.lanes)


@size.register
def _(core: cores.RegisterSlice, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    return HANDSHAKE + Size(2 + word, 1 + word) + fabric.bare(word)


@size.register
def _(core: cores.Pack, fabric: Fabric) -> Size:
    return HANDSHAKE + counter(core.ratio) + fabric.bare(core.lanes * core.ratio * core.lane_width)


@size.register
def _(core: cores.Unpack, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    return Size(word + 3, word) + counter(core.ratio + 1)


@size.register
def _(core: cores.Pad, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    extents = [core.height + 2 * core.padding, core.row]
    ranges = Size(sum(index_bits(extent) for extent in extents))
    return HANDSHAKE + Size(word + 6, word) + counters(core.words, *extents) + ranges


@size.register
def _(core: cores.MemoryWindow, fabric: Fabric) -> Size:
    address = index_bits(core.depth)
    loops = counters(core.run, core.size, core.passes, core.columns_out, core.rows_out, core.row_words)
    choices = 2.5 if core.positions > 1 else 1  # of the distance by which the address moves
    moves = Size(2 * fabric.adder(address) + choices * address, 2 * address)
    rows = Size(4 * core.rows.bit_length(), core.rows.bit_length())
    return (HANDSHAKE + loops + moves + rows
            + fabric.ram(core.lanes * core.lane_width, core.depth, checked=False))


@size.register
def _(core: cores.RegisterWindow, fabric: Fabric) -> Size:
    pixel = core.lanes * core.lane_width
    countdowns = max(core.size, core.stride), max(core.kernel, core.step)
    lines = (fabric.ram(pixel * (core.size - 1), core.width, checked=False) + Size(index_bits(core.width))
             if core.size > 1 else Size())
    return (HANDSHAKE + counters(core.width, core.height, *countdowns, core.passes + 1)
            + fabric.bare(core.size * core.kernel * pixel) + lines)


def _tick_words(core: cores.NeuronCore, fabric: Fabric, groups: int) -> Size:
    word = core.channels * core.sum_width
    words = Size(word * core.ticks, word * core.ticks) if core.ticks > 1 else fabric.bare(word)
    return Size(4, 0) + words + counters(core.ticks + 1, groups, core.tick_groups)


def _lane(core: cores.NeuronCore) -> type[Lane]:
    return LANES[core.neurons.kind]


def _state_bits(core: cores.NeuronCore) -> int:
    """Bits that a neuron keeps between ticks; nothing where there is one tick."""
    kept = sum(shape.width for shape in _lane(core).state_shapes(core))
    return _lane(core).potential_bits(core, loaded=False) + kept if core.steps > 1 else 0


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
    if core.buffered:
        channel += Size(core.sum_width, core.sum_width)
    return Size(4) + channel * core.channels + counters(core.repeats + 1, core.plane_groups)


def _ring(word: int, depth: int, fabric: Fabric) -> Size:
    address = index_bits(depth)
    return (Size(2 * (address + 2), 2 * (address + 1)) + counters(depth, depth)
            + fabric.ram(word, depth, transparent=False))


@size.register
def _(core: cores.Queue, fabric: Fabric) -> Size:
    return Size(3 * index_bits(core.depth)) + _ring(core.lane_width * core.lanes, core.depth, fabric)


@size.register
def _(core: cores.Credits, fabric: Fabric) -> Size:
    left = index_bits(core.depth + 1)
    return (Size(2 * left + 4, left + 3) + counters(core.period)
            + _ring(core.lane_width * core.lanes, core.depth, fabric))


@size.register
def _(core: cores.Copies, fabric: Fabric) -> Size:
    readout = core.readout
    bits = index_bits(readout.classes) + readout.lane_width + readout.membrane_width * readout.classes
    choices = min(core.number - 1, 0.6 * (core.number + 1))  # LUTs a bit of the result
    return Size(bits * choices + 3 * core.number) + counters(core.words, core.number, core.number)


@size.register
def _(core: cores.Fork, fabric: Fabric) -> Size:
    word = core.lanes * core.lane_width
    return HANDSHAKE + Size(word, word) + _ring(word, core.depth, fabric)


@size.register
def _(core: cores.Join, fabric: Fabric) -> Size:
    bits = max(core.gains).bit_length()
    factor = core.lane_width if core.spike_coding.numeric else 1
    multiplied = 0 if fabric.multipliers else (core.lane_width - 1) * fabric.adder(bits)
    products = multiplied if core.spike_coding.numeric else (core.lane_width / 3 + bits) * core.ticks
    choices = bits * max(1.0, core.groups / 16) if core.groups > 1 else 0
    lane = (Size(products + choices + fabric.adder(core.sum_width) * core.ticks, core.sum_width * core.ticks)
            + fabric.bare((2 * core.taken_width + 2 * factor + bits) * core.ticks)
            + fabric.bare(bits if core.groups > 1 else 0))
    return HANDSHAKE + Size(4, 2) + lane * core.channels + counters(core.words, core.groups)


@size.register
def _(core: cores.SerialNeurons, fabric: Fabric) -> Size:
    state, time = _state_bits(core), core.lane_width if core.steps > 1 else 0
    late = not _lane(core).early and core.steps > 1  # V is compared, which is a register of the state
    lane = (Size(_advance(core, fabric) + (0 if late else state) + 2 * time + 1, state + time)
            + fabric.bare(core.lane_width + (0 if late else _lane(core).compared_bits(core))))
    control = HANDSHAKE + Size(4, 2 + index_bits(core.steps))
    loops = counters(core.steps, core.groups if _tables(core) else 1)
    tables = Size(_tables(core), _lane(core).table_bits(core) * core.channels)
    return control + loops + lane * core.channels + tables + _tick_words(core, fabric, 1)


@size.register
def _(core: cores.OutputNeurons, fabric: Fabric) -> Size:
    state = _state_bits(core)
    lane = (Size(_advance(core, fabric) + (state if _lane(core).early else 0), core.membrane_width)
            + fabric.bare(core.membrane_width + 1))
    kept = state * core.channels
    held = (Size(0, kept) if core.groups == 1 else
            fabric.ram(kept, core.groups, checked=False) + Size(2 * index_bits(core.groups)))
    control = HANDSHAKE + Size(3, 1) + counters(core.steps, core.groups) + held
    return control + lane * core.channels + Size(_tables(core)) + _tick_words(core, fabric, core.groups)


@size.register
def _(core: cores.RecurrentNeurons, fabric: Fabric) -> Size:
    kept = core.taken_width + core.membrane_width + core.steps - 1
    choices = core.taken_width + core.fed_width + core.membrane_width  # of what counts in tick 0
    lane = Size(_advance(core, fabric) + fabric.adder(core.sum_width) + choices) + fabric.bare(core.lane_width)
    control = HANDSHAKE + Size(6 + 2 * index_bits(core.places)) + counters(core.places, core.groups, core.steps)
    state = fabric.ram(core.channels * kept, max(2, core.places), transparent=False)
    return (control + lane * core.channels + Size(_tables(core)) + state
            + _ring(core.channels, core.depth, fabric))


@size.register
def _(core: cores.UnrolledNeurons, fabric: Fabric) -> Size:
    steps, state = core.steps, _state_bits(core)
    waiting = core.sum_width * (steps - 1) * steps // 2
    logic = _advance(core, fabric) * max(1, steps - 1) + (core.lane_width + 1) * steps  # V of the first tick is n
    lane = Size(logic, state * (steps - 1) + core.lane_width * steps)
    groups = fabric.bare(index_bits(core.groups) * steps if _tables(core) else 0)
    return (HANDSHAKE + groups + Size(_tables(core) * steps) + counter(core.groups if _tables(core) else 1)
            + (lane + fabric.bare(waiting)) * core.channels + Size(0, steps))


@size.register
def _(core: cores.Pool, fabric: Fabric) -> Size:
    word, depth = core.lanes_out * core.lane_width, core.columns_out * core.groups
    address = index_bits(core.width * core.groups)
    merging = Size((core.lanes - core.lanes_out) * (core.lane_width + 2 + core.lane_width))
    minima = (Size(core.lanes_out * (core.lane_width + 2) + word) + merging
              + fabric.bare((2 if core.groups == 1 else 1) * word + index_bits(depth) + 2)
              + fabric.ram(word, depth, transparent=True))
    loops = counters(core.groups, core.width, core.height, core.size, core.across)
    return HANDSHAKE + Size(2, 1) + minima + loops + Size(fabric.adder(address) + address, address)


@size.register
def _(core: cores.Readout, fabric: Fabric) -> Size:
    width = core.membrane_width + (core.kind == "first_spike")
    bank = width * core.classes
    best = Size(fabric.adder(core.membrane_width) + 4) + fabric.bare(width)
    result = Size(3 * core.classes.bit_length() + core.lane_width, 3 * index_bits(core.classes) + core.lane_width + 2)
    # words of one lane come in as the scan moves on; more lanes are a choice for each bit
    stored = fabric.bare(bank) if core.channels == 1 else Size(bank, bank)
    return HANDSHAKE + Size(20) + stored + best + result + counters(core.groups, core.steps)
