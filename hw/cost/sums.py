"""Cost model of synapses, whose area is that of their adders."""

from quant.dataflow import cores
from quant.dataflow.cores import ceil_div

from ..families.fabric import Fabric, Size
from .cells import HANDSHAKE, counters, index_bits, size
from .trees import popcount


def _spikes(core: cores.Synapses, inputs: int, fabric: Fabric) -> Size:
    """Reading so many values in each plane of a group."""
    several = core.plane_groups > 1
    compare = (2 * core.lane_width - 1) / 3 if several else max(1.0, (core.lane_width - 1) / 3)
    first_plane = Size(core.planes_per_pass * core.lane_width, core.lane_width) if several else Size()
    registered = inputs * core.planes_per_pass
    again = fabric.bare(registered) if core.refetched else Size()
    return Size(fabric.comparing * registered * compare, registered) + first_plane + again


def _sums(core: cores.Synapses, fabric: Fabric) -> Size:
    """All but the trees: weights, and adding up what these give."""
    places, sums = core.words * core.groups, core.planes_per_pass * core.channels
    effort = fabric.total if core.words == 1 else fabric.accumulated * (0.6 if core.synapses == 1 else 1)
    addend = core.synapses.bit_length() + 1 if core.held else 0
    totals = Size(fabric.adder(core.sum_width) * effort, core.sum_width + addend) * sums
    weights = (Size() if places == 1 else fabric.rom(core.stored_bits, places)
               + Size(2 * fabric.adder(index_bits(places)), index_bits(places))
               + fabric.bare(core.stored_bits if core.refetched else 0))
    control = HANDSHAKE + Size(3, core.latency + 1) + counters(core.words, core.words, core.plane_groups, core.groups)
    return control + weights + _products(core, fabric) + totals


def _products(core: cores.Synapses, fabric: Fabric) -> Size:
    """What spikes and weights of a memory give, in registers, and the numbers that come with weights in pairs."""
    sums = core.planes_per_pass * core.channels
    if len(core.rom) == 1:
        return Size()
    if not core.paired:
        return Size(1, 1) * (len(core.places) * core.synapses * sums)
    less = Size(core.pairs.bit_length(), 0) * sums
    if core.numbered:
        less += fabric.bare((core.stored_bits - core.word_bits) * (core.adder_stages + 1))
    else:
        less += (Size(1, 1) * core.pairs + popcount(core.pairs, core.adder_stages, fabric)) * core.channels
    return Size(1, 1) * (core.pairs * sums) + less


@size.register
def _(core: cores.Synapses, fabric: Fabric) -> Size:
    stored = len(core.rom) > 1
    shared = core.pairs if core.paired else core.lanes
    positive = shared if stored else core.lanes // 2
    trees = (popcount(shared, core.adder_stages, fabric)
             + popcount(positive, core.adder_stages, fabric) * core.channels) * core.planes_per_pass
    if stored:  # of pairs, whether one of both spikes
        trees += (Size(1, 1) if core.paired else fabric.bare(1)) * (shared * core.planes_per_pass)
    return _sums(core, fabric) + _spikes(core, core.lanes, fabric) + trees


@size.register
def _(core: cores.ColumnSynapses, fabric: Fabric) -> Size:
    all_inputs = popcount(core.synapses, core.adder_stages, fabric) * core.positions
    trees = all_inputs + popcount(core.synapses // 2, core.adder_stages, fabric) * core.channels
    seen = len({lane for field in core.fields for lane in field})
    return _sums(core, fabric) + _spikes(core, seen, fabric) + trees * core.planes_per_pass


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
