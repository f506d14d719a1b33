"""Area of what lets a design take other networks: memories in place of tables, and what writes them."""

from collections.abc import Sequence

from quant.dataflow.cores import Core, NeuronCore, Synapses, UnrolledNeurons
from quant.dataflow.memories import Memory, of

from ..cores.neurons.lane import LANES
from ..families.fabric import Fabric, Size

CRC = Size(45, 32)  # with the comparison at the end
COMPARISON = 3  # LUTs that one with a variable takes more than one with a constant; measured


def written(core: Core, fabric: Fabric) -> Size:
    """Area of a core's memory less that of the table of constants that it takes the place of; of no memory nothing."""
    memory = of(core)
    if memory is None:
        return Size()
    if isinstance(core, Synapses):
        blocks = Size(memory.width + 6, 1, fabric.block.best(memory.width, len(memory.words), written=True)[0])
        return _in_cells(blocks + fabric.rom(memory.width, len(memory.words)) * -1, fabric)
    assert isinstance(core, NeuronCore)
    lane = LANES[core.neurons.kind]
    compared = COMPARISON * core.channels * (core.steps if isinstance(core, UnrolledNeurons) else 1)
    more = Size(lane.loaded_luts(core) - lane.table_luts(core) + compared)
    return _in_cells(_kept(memory, fabric) + more, fabric)


def _in_cells(found: Size, fabric: Fabric) -> Size:
    return Size(found.luts * fabric.lut4, found.flip_flops, found.block_rams)


def _kept(memory: Memory, fabric: Fabric) -> Size:
    if len(memory.words) == 1:
        return fabric.bare(memory.width)
    ram = fabric.ram(memory.width, len(memory.words), transparent=True)
    return ram + Size(0, 0 if ram.block_rams else memory.width)


def loader(memories: Sequence[Memory], fabric: Fabric) -> Size:
    """Area of a `hw.serial_link.loader.Loader`: CRC, shift register of a word, counters and their ends by memory."""
    widest, longest = max(each.word_bytes for each in memories), max(len(each.words) for each in memories)
    counters = [(count - 1).bit_length() for count in (longest, widest, len(memories) + 2, 8)]
    found = CRC + fabric.bare(8 * widest) + Size(3 * sum(counters) + len(memories), sum(counters) + 1)
    return _in_cells(found, fabric)
