"""Area expected of a design on a board, and the folding that fits: before synthesis, and after it failed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from quant.dataflow import folding
from quant.dataflow.chain import chain
from quant.dataflow.cores import Resize
from quant.dataflow.folding import Folding, copied
from quant.dataflow.memories import Memory, memories
from quant.description.network import Network
from quant.serial_link import contents as board
from quant.serial_link.protocol import IDENTITY, tail
from quant.serial_link.reload import layout

from ..bitstream.flow import BuildError, DoesNotFit, TooSlow
from ..clock import Clock
from ..families import Capacity, Family
from ..families.fabric import Size
from . import explore
from .area import in_cells
from .estimate import Estimate, Part, estimate
from .loading import loader
from .space import readout

# Measured with 3, 10 and 100 classes of 12 to 20 bits: the multiplexer of the answer; UART and link
ANSWER_LUTS_A_BIT, LINK_FLIP_FLOPS = 0.95, 380
LOADING = Size(90, 40)  # of the link: blocks, their order, and what is refused; measured


def surroundings(network: Network, family: Family, layout: bytes = b"", memories: Sequence[Memory] = (),
                 resize: Resize | None = None) -> Part:
    """Area around the accelerator on a board: UART, link, and memory for requests and vectors.

    Parameters
    ----------
    layout : bytes
        As of `quant.serial_link.protocol.Identity`.
    memories : sequence of Memory
        Of the accelerator, that the board loads.
    resize : Resize, optional
        That makes images of a camera's pictures, which the board then takes.

    Raises
    ------
    ValueError
        An image, or a picture, is too large for the serial link.
    """
    pixels, behind = math.prod(board.input_shape(network, resize)), tail(layout, resize.text if resize else "")
    vectors = board.most_stored(network, behind, resize)
    stored = vectors * board.vector_bytes(network, resize) + IDENTITY.size + len(behind)
    fabric = family.fabric
    held = (fabric.ram(8, (board.slots(pixels) + 1) * board.place_bytes(pixels), transparent=True)
            + fabric.rom(8, 1 << (stored - 1).bit_length()))
    if memories:
        due = Memory((network.classes - 1).bit_length() + network.steps.bit_length(), (0,) * vectors)
        held += LOADING + loader([Memory(8, (0,) * stored), due, *memories], fabric)
    luts = fabric.link + ANSWER_LUTS_A_BIT * network.classes * readout(network).membrane_width + held.luts
    return Part("link", math.ceil(luts), LINK_FLIP_FLOPS + held.flip_flops, held.block_rams)


def expect(network: Network, folding: Folding, family: Family, *, reload: bool = False,
           resize: Resize | None = None) -> Estimate:
    """The estimate of a whole board design, with its `surroundings`; arguments as of `estimate`."""
    core = estimate(network, folding, family, reload=reload, resize=resize)
    held = memories(chain(network, folding)) if reload else {}
    link = surroundings(network, family, layout(network, folding) if reload else b"", list(held.values()), resize)
    return replace(core, luts=core.luts + link.luts, flip_flops=core.flip_flops + link.flip_flops,
                   block_rams=core.block_rams + link.block_rams, parts=(*core.parts, link))


def fastest(network: Network, family: Family, capacity: Capacity, copies: int = 1,
            resize: Resize | None = None, reload: bool = False) -> Folding:
    """The fastest folding, of so many cores side by side, that by its estimate fits, and leaves room for routing.

    With ``resize``, of those that are as fast on pictures the smallest; with ``reload`` of those of the frontier that
    can be loaded.

    Raises
    ------
    ValueError
        None does.
    """
    found = _fitting(network, family, capacity.luts, capacity.block_rams, copies, resize, reload)
    if found is None:
        least = expect(network, copied(explore.frontier(network, family)[-1].folding, copies), family, reload=reload,
                       resize=resize)
        raise ValueError(f"network must fit the board, but its smallest design takes about {least.luts:,} of "
                         f"{capacity.luts:,} LUTs and {least.block_rams:,} of {capacity.block_rams:,} block RAMs; "
                         f"take a larger board or a smaller {'picture' if resize else 'network'}")
    if resize is None:
        return found
    return explore.for_interval(network, explore.initiation_interval(network, found, resize)[0], family, copies, resize)


def _fitting(network: Network, family: Family, luts: int, block_rams: int, copies: int,
             resize: Resize | None, reload: bool) -> Folding | None:
    if reload:
        return next((found for found, whole in _loaded(network, family, copies, resize)
                     if whole.luts <= luts and whole.block_rams <= block_rams), None)
    link = surroundings(network, family, resize=resize)
    front = in_cells(resize, family.fabric) if resize else Size()
    return explore.fitting(network, family, luts - link.luts - math.ceil(front.luts),
                           block_rams - link.block_rams - front.block_rams, copies)


def _loaded(network: Network, family: Family, copies: int,
            resize: Resize | None) -> Iterator[tuple[Folding, Estimate]]:
    """Foldings of the frontier that can be loaded, the fastest first, and the estimates of their designs."""
    for point in explore.frontier(network, family):
        found = copied(point.folding, copies)
        try:
            yield found, expect(network, found, family, reload=True, resize=resize)
        except ValueError:  # weights that are wires cannot be loaded
            continue


def remedy(error: BuildError, network: Network, family: Family, expected: Estimate, capacity: Capacity,
           clock: Clock, copies: int = 1, resize: Resize | None = None, reload: bool = False) -> str:
    """Remedy after ``error``, as the rest of its line; empty if nothing is known.

    Parameters
    ----------
    expected : Estimate
        Of the design that failed, by `expect`.
    capacity : Capacity
        Of the device.
    clock : Clock
        That was asked for.
    copies : int
        Of the core, side by side.
    resize, reload
        As of `expect`.
    """
    match error:
        case DoesNotFit():
            over = max(use.used / max(use.available, 1) for use in error.usage.values())
            found = _fitting(network, family, min(int(expected.luts / over), capacity.luts), capacity.block_rams,
                             copies, resize, reload)
            if found is None:
                smaller = " or a smaller picture" if resize else ""
                return f"; no folding of this network is expected to fit, take a larger board{smaller}"
            cycles = estimate(network, found, family, resize=resize).cycles_per_image
            return f"; try --fold \"{folding.text(found)}\" ({cycles:,} cycles an image)"
        case TooSlow():
            if clock.pll:
                return f"; try --clock {math.floor(error.fmax_mhz)}, --clock auto, or another --seed"
            slower = math.ceil(clock.divider * error.clock_mhz / error.fmax_mhz)
            return f"; try --clock-divider {slower}, or another --seed"
    return ""
