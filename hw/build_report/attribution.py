"""Which core of a design each placed cell belongs to, although synthesis flattens the design.

A cell whose output is a signal of the design, as that of nearly every register, belongs to the module that drives the
signal. A memory belongs to the module that declares it. Logic that synthesis made belongs to the core that alone reads
it, or else to the one whose registers alone it reads. What is left stands between cores, as a chain of handshakes does.
Pins and buffers belong to the board, whatever reads them.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

from ..families import Family
from .hierarchy import Hierarchy
from .netlist import Cell, Netlist

CORES = "device.link.core"  # where `hw.top` puts the accelerator
DEVICE = "device"
LINK, BOARD, SHARED = "link", "board", "shared"
Neighbours = Sequence[Sequence[int]]  # of each cell


def part(module: str, cores: Collection[str]) -> str:
    """The core of the chain, or else `LINK` or `BOARD`, that a module is in."""
    if module.startswith(f"{CORES}."):
        core = module[len(CORES) + 1:].partition(".")[0]
        if core in cores:
            return core
    return LINK if module.partition(".")[0] == DEVICE else BOARD


def parts(netlist: Netlist, hierarchy: Hierarchy, family: Family, cores: Collection[str]) -> list[str]:
    """The part of each cell: a name of ``cores``, `LINK`, `BOARD` (pins, clock and reset) or `SHARED`."""
    owners = dict(_known(netlist, hierarchy, family, cores))
    readers = [_ends(cell.outputs, netlist.readers) for cell in netlist.cells]
    drivers = [_ends(cell.inputs, netlist.drivers) for cell in netlist.cells]
    _spread(owners, readers, drivers, {LINK, BOARD, *cores})
    _spread(owners, drivers, readers, {LINK, *cores})  # all read the clock and the reset
    return [owners.get(place, SHARED) if cell.flip_flop or cell.kind in (family.sites.lut, family.sites.block_ram)
            else part(hierarchy.module(cell.name), cores) for place, cell in enumerate(netlist.cells)]


def _ends(nets: tuple[int, ...], cells: Mapping[int, list[int]]) -> list[int]:
    return [place for net in nets for place in cells.get(net, ())]


def _known(netlist: Netlist, hierarchy: Hierarchy, family: Family, cores: Collection[str]) -> Iterator[tuple[int, str]]:
    for place, cell in enumerate(netlist.cells):
        found = {part(module, cores) for module in _modules(cell, netlist, hierarchy, family)}
        if len(found) == 1:
            yield place, found.pop()


def _modules(cell: Cell, netlist: Netlist, hierarchy: Hierarchy, family: Family) -> set[str]:
    if cell.kind == family.sites.block_ram or not cell.outputs + cell.inputs:
        return {hierarchy.module(cell.name)}
    names = netlist.driven(cell)
    drivers = {hierarchy.driver(signal) for name in names if (signal := hierarchy.signal(name))}
    return {module for module in drivers or map(hierarchy.memory, names) if module is not None}


def _spread(owners: dict[int, str], ahead: Neighbours, behind: Neighbours, counted: Collection[str]) -> None:
    """Give each cell without an owner the one of ``counted`` that alone owns cells ahead of it."""
    found = {place: {owners[other] for other in others if owners.get(other) in counted}
             for place, others in enumerate(ahead) if place not in owners}
    waiting = deque(found)
    while waiting:
        place = waiting.popleft()
        for other in behind[place]:
            if other in found and not found[place] <= found[other]:
                found[other] |= found[place]
                waiting.append(other)
    owners |= {place: parts.pop() for place, parts in found.items() if len(parts) == 1}
