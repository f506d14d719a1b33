"""Fabric of a device family: the cost of gates, adders, and memories with Yosys' own choice of how to map them."""

from collections.abc import Iterator
from dataclasses import dataclass

from quant.dataflow.cores import ceil_div


@dataclass(frozen=True)
class Size:
    """Area of a piece of logic.

    Parameters
    ----------
    luts : float
        May be fractional until it is reported.
    flip_flops, block_rams : int
    """

    luts: float = 0
    flip_flops: int = 0
    block_rams: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(self.luts + other.luts, self.flip_flops + other.flip_flops, self.block_rams + other.block_rams)

    def __mul__(self, times: int) -> "Size":
        return Size(self.luts * times, self.flip_flops * times, self.block_rams * times)


@dataclass(frozen=True, kw_only=True)
class Ram:
    """A memory primitive of a family, as Yosys' ``memory_libmap`` weighs it.

    Parameters
    ----------
    bits : int
        Address bits at a width of 1.
    widths : tuple of int
        Data bits in shapes of which each has half the depth of the one before.
    byte : int
        Bits that a write enables together; a written word is padded to a multiple of it.
    cost : int
        In LUTs.
    read_first : bool, optional
        Whether a read of the word that is being written gives what it held before.
    """

    bits: int
    widths: tuple[int, ...]
    byte: int
    cost: int
    read_first: bool = False

    def shapes(self, width: int, depth: int, written: bool) -> Iterator[tuple[int, int, int]]:
        """Primitives side by side or stacked, how many are stacked, and cost, for each shape."""
        for place, data in enumerate(self.widths):
            unit = min(self.byte, data) if written else 1
            stacked = ceil_div(depth, 1 << (self.bits - place))
            count = ceil_div(stacked * ceil_div(width, unit) * unit, data)
            # reading takes a multiplexer for each further layer, writing a decoder
            cost = self.cost * count + (stacked - 1) * width / 2 + (stacked / 2 if written and stacked > 1 else 0)
            yield count, stacked, int(cost)

    def best(self, width: int, depth: int, written: bool) -> tuple[int, int, int]:
        """The cheapest of `shapes`, the first of equals."""
        return min(self.shapes(width, depth, written), key=lambda shape: shape[2])


@dataclass(frozen=True, kw_only=True)
class Fabric:
    """Cost of logic in a device family, in what nextpnr counts for it as a LUT.

    Parameters
    ----------
    block : Ram
        Block RAM.
    lut_ram : Ram or None
        Memory in LUTs, four data bits a primitive.
    bare_flip_flop : int
        LUTs for a flip-flop whose input is not a LUT of its own.
    paired_carry : bool
        Whether carry bits come in pairs.
    carry_ends : int, optional
        LUTs at the ends of a chain of carry bits.
    lut4 : float, optional
        Cells for the logic of a LUT with 4 inputs, where a cell is less than that. Measured over whole cores.
    carry_from : int, optional
        Bits from which on a sum takes carries; narrower ones take three LUTs for two bits.
    multipliers : bool, optional
        Whether synthesis takes multipliers of the device for products.
    comparing : float
        LUTs of a comparison for equality, for each that its inputs alone would take. Measured, as are the following.
    merging : float
        LUTs for each bit by which a sum of numbers is narrower than its terms.
    total, accumulated : float
        LUTs of a sum of weighted inputs, for each LUT of an adder of its width: added up at once, and word by word.
    link : int
        LUTs of UART and serial link, without memories and without what grows with the classes.
    """

    block: Ram
    lut_ram: Ram | None
    bare_flip_flop: int
    paired_carry: bool
    comparing: float
    merging: float
    total: float
    accumulated: float
    link: int
    carry_ends: int = 1
    lut4: float = 1.0
    carry_from: int = 1
    multipliers: bool = False

    def adder(self, width: int) -> int:
        """LUTs of a sum, difference or comparison of ``width`` bits, with its carry out."""
        if width < self.carry_from:
            return ceil_div(3 * width, 2)
        return (2 * ceil_div(width, 2) if self.paired_carry else width) + self.carry_ends

    def bare(self, bits: int) -> Size:
        """Registers fed by registers or memories."""
        return Size(self.bare_flip_flop * bits, bits)

    def rom(self, width: int, depth: int) -> Size:
        """A table read by clock; in gates while a sixteenth of its bits costs less than block RAM."""
        count, stacked, cost = self.block.best(width, depth, written=False)
        if width * depth / 16 <= cost + 2:
            distinct = min(width, 2**depth - 2) if depth < 16 else width  # columns of the table that are alike are one
            return Size(distinct * max(1.0, depth / 10), distinct)
        return Size(block_rams=count) + self._layers(width, stacked)

    def ram(self, width: int, depth: int, *, transparent: bool = False, checked: bool = True) -> Size:
        """One port to write, one to read by clock; ``checked``, gates decide what a read of the written word gives."""
        count, stacked, cost = self.block.best(width, depth, written=True)
        bare = transparent or not checked or self.block.read_first
        cost += 0 if bare else 12  # for _read_first, as Yosys weighs it
        if self.lut_ram:
            cells, layers, lut_cost = self.lut_ram.best(width, depth, written=True)
            if lut_cost <= cost and lut_cost < width * depth:
                # four hold the bits, the inputs of two more carry the write port
                return Size(6 * cells + width * ceil_div(2 * (layers - 1), 3), 0 if transparent else width)
        if width * depth <= cost:
            return self._registers(width, depth, transparent)
        read_first = Size() if bare else self._read_first(width, (depth - 1).bit_length())
        return Size(block_rams=count) + self._layers(width, stacked) + read_first

    def _layers(self, width: int, stacked: int) -> Size:
        return Size(width * (stacked - 1) / 2 + stacked, (stacked - 1).bit_length()) if stacked > 1 else Size()

    def _read_first(self, width: int, address: int) -> Size:
        """The write is delayed by a cycle, and its word kept for a read of the same address."""
        return Size(width + 2 * address / 3) + self.bare(2 * width + address + 2)

    def _registers(self, width: int, depth: int, transparent: bool) -> Size:
        read = width * max(1.0, depth / 2)
        return Size(read + depth) + self.bare(width * depth) + Size(0, 0 if transparent else width)
