"""Cores that add weights up."""

from collections.abc import Sequence
from dataclasses import dataclass

from .core import Core, ceil_div


@dataclass(frozen=True, kw_only=True)
class Synapses(Core):
    """Sums of sign weights over the inputs that spike in each plane of a group.

    Parameters
    ----------
    lanes : int
        Values in an input word; a neuron has a synapse from each.
    words : int
        Input words a pass.
    channels, groups : int
        Output channels at once, and groups of them.
    planes_per_pass : int
        Bit planes at once; the last group may have fewer.
    planes_outermost : bool
        Order of passes at a position: all channel groups of a plane group first (output layer, which decides early), or
        all plane groups of a channel group first (hidden layers, which then need no memory for membranes).
    rom : tuple of int
        ``groups * words`` weight words; bit ``channel * synapses + synapse``, 1 for +1.
    """

    lanes: int
    words: int
    channels: int
    groups: int
    planes_per_pass: int
    planes_outermost: bool
    rom: tuple[int, ...]

    ADDER_LEVELS = 2  # adders in a row between registers: 4 addends
    COUNTED = 7  # bits that are counted before the first registers: what full adders alone make a number of
    PAIRED = 4  # synapses from which on weights of a memory act in pairs
    NARROW = 25  # synapses up to which weights are used as a memory gives them, and sums are added without a register
    SHARED = 3  # planes from which on they share what counts a word's weights; fewer take the number from memory

    @property
    def places(self) -> tuple[int, ...]:
        """Value of each bit of a weight; its sign has the values -1 and +1."""
        return (2,)

    @property
    def offset(self) -> int:
        """Weight without any bit."""
        return -1

    def weight(self, word: int, channel: int, synapse: int) -> int:
        """Weight in a word of `rom`."""
        place = channel * self.synapses + synapse
        return self.offset + sum(value * (word >> plane * self.synapses * self.channels + place & 1)
                                 for plane, value in enumerate(self.places))

    @property
    def word_bits(self) -> int:
        """Bits of a word of `rom`."""
        return len(self.places) * self.synapses * self.channels

    @property
    def synapses(self) -> int:
        """Synapses of a neuron at once."""
        return self.lanes

    def taken(self, output: int) -> Sequence[int]:
        """Lanes of a word at which an output channel looks."""
        return range(self.lanes)

    @property
    def positions(self) -> int:
        """Window positions whose neurons are among its channels."""
        return 1

    @property
    def fan_in(self) -> int:
        """Synapses of a neuron."""
        return self.synapses * self.words

    @property
    def plane_groups(self) -> int:
        """Passes that a channel group takes."""
        return ceil_div(self.bit_planes, self.planes_per_pass)

    @property
    def passes(self) -> int:
        """Passes a position."""
        return self.groups * self.plane_groups

    @property
    def adder_stages(self) -> int:
        """Registers in a row in a tree of adders."""
        bits = self.pairs if self.paired else self.synapses
        return 1 + ceil_div((ceil_div(bits, self.COUNTED) - 1).bit_length(), self.ADDER_LEVELS)

    @property
    def paired(self) -> bool:
        """Whether two synapses of a channel give one bit to count: signs that a memory holds."""
        return len(self.rom) > 1 and self.synapses >= self.PAIRED

    @property
    def pairs(self) -> int:
        """Pairs of a channel's synapses in a word; of an odd number the last is a synapse alone."""
        return ceil_div(self.synapses, 2)

    @property
    def numbered(self) -> bool:
        """Whether a memory's word says how many of a channel's pairs are not +1 alone."""
        return self.paired and self.planes_per_pass < self.SHARED

    @property
    def stored_bits(self) -> int:
        """Bits of a word of `stored`."""
        return self.word_bits + (self.channels * self.pairs.bit_length() if self.numbered else 0)

    @property
    def stored(self) -> tuple[int, ...]:
        """Words of a memory: those of `rom` in the `order` of lanes, and above them, if it is `numbered`, a number of
        each channel.
        """
        return tuple(map(self._ordered, self.rom)) if self.paired else self.rom

    @property
    def order(self) -> Sequence[int]:
        """Lanes in the order of registers and of a memory's bits: of pairs all first ones, and then all others."""
        return [*range(0, self.lanes, 2), *range(1, self.lanes, 2)] if self.paired else range(self.lanes)

    def _ordered(self, word: int) -> int:
        """A word of `rom` as a memory holds it."""
        bits = f"{word:0{self.word_bits}b}"[::-1]
        ordered, numbers = "", 0
        for channel in range(self.channels):
            own = bits[channel * self.synapses:][:self.synapses]
            first, second = own[::2], own[1::2]
            ordered += first + second
            both = sum(one == other == "1" for one, other in zip(first, second + "1", strict=False))
            numbers |= self.pairs - both << channel * self.pairs.bit_length()
        return int(ordered[::-1], 2) | (numbers << self.word_bits if self.numbered else 0)

    @property
    def latency(self) -> int:
        """Registers between an input word and what is added to its totals: of spikes, again if they are `refetched`, of
        their products with weights, of adders, and of the sum over the word if it is `held`.

        Products with wired weights are no logic, and have no registers; of one word, the sum is the total.
        """
        return 1 + self.refetched + (len(self.rom) > 1) + self.adder_stages + self.held

    @property
    def refetched(self) -> bool:
        """Whether what a memory gives goes into a register first, as its spikes do again: words of wide sums."""
        return len(self.rom) > 1 and self.synapses > self.NARROW

    @property
    def held(self) -> bool:
        """Whether the sum over a word has a register before it is added to a total."""
        return self.words > 1 and self.synapses > self.NARROW

    @property
    def sum_width(self) -> int:
        """Bits of n(t), signed: |n(t)| <= fan_in."""
        return self.fan_in.bit_length() + 1


@dataclass(frozen=True, kw_only=True)
class ColumnSynapses(Synapses):
    """As `Synapses`, of several window positions of a row at once: their channels, one position after the other.

    Parameters
    ----------
    fields : tuple of tuple of int
        Lanes at which each position looks, its first synapse first.
    """

    fields: tuple[tuple[int, ...], ...]

    @property
    def positions(self) -> int:
        """As of `Synapses`."""
        return len(self.fields)

    @property
    def outputs(self) -> int:
        """Channels of a position."""
        return self.channels // self.positions

    @property
    def synapses(self) -> int:
        """As of `Synapses`."""
        return len(self.fields[0])

    @property
    def word_bits(self) -> int:
        """As of `Synapses`; all positions have the same weights."""
        return self.synapses * self.outputs

    def weight(self, word: int, channel: int, synapse: int) -> int:
        """As of `Synapses`."""
        return super().weight(word, channel % self.outputs, synapse)

    def taken(self, output: int) -> Sequence[int]:
        """As of `Synapses`."""
        return self.fields[output // self.outputs]


@dataclass(frozen=True, kw_only=True)
class IntegerSynapses(Synapses):
    """As `Synapses`, of weights of several bits, in two's complement: a word has a bit of each weight after the other.

    Parameters
    ----------
    bits : int
        Of a weight.
    bound : int
        Largest ``|n(t)|``.
    leaves : tuple of int
        Of an average channel, weights whose magnitude has a binary digit: of positive ones, the lowest digit first,
        then of negative ones.
    """

    bits: int
    bound: int
    leaves: tuple[int, ...]

    @property
    def paired(self) -> bool:
        """As of `Synapses`."""
        return False

    @property
    def places(self) -> tuple[int, ...]:
        """As of `Synapses`."""
        return (*(2**bit for bit in range(self.bits - 1)), -2**(self.bits - 1))

    @property
    def offset(self) -> int:
        """As of `Synapses`."""
        return 0

    @property
    def sum_width(self) -> int:
        """Bits of n(t), signed: |n(t)| <= bound."""
        return self.bound.bit_length() + 1


@dataclass(frozen=True, kw_only=True)
class DepthwiseSynapses(Synapses):
    """As `Synapses`, but words are whole pixels, and each output channel looks at a part of each.

    Parameters
    ----------
    pixel : int
        Values in a pixel; divides ``lanes``.
    sources : tuple of tuple of int
        Lanes of a pixel of each of ``channels * groups`` output channels, as many for each.
    """

    pixel: int
    sources: tuple[tuple[int, ...], ...]

    @property
    def paired(self) -> bool:
        """As of `Synapses`: a channel has inputs of its own, and parts of their sums would have no other user."""
        return False

    @property
    def synapses(self) -> int:
        """As of `Synapses`."""
        return self.lanes // self.pixel * len(self.sources[0])

    def taken(self, output: int) -> Sequence[int]:
        """As of `Synapses`."""
        return [start + lane for start in range(0, self.lanes, self.pixel) for lane in self.sources[output]]


@dataclass(frozen=True, kw_only=True)
class IntegerDepthwiseSynapses(DepthwiseSynapses, IntegerSynapses):
    """As `DepthwiseSynapses`, of weights of several bits as of `IntegerSynapses`."""
