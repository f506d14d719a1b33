"""Cores that compute: synapses, neurons, the readout."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ...description.neurons import Neurons
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

    ADDER_LEVELS = 3  # adders in a row between registers: 8 addends

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
        return max(1, ceil_div((self.synapses - 1).bit_length(), self.ADDER_LEVELS))

    @property
    def latency(self) -> int:
        """Registers between an input word and its partial sums: of its spikes and weights, then of the adders."""
        return 1 + self.adder_stages

    @property
    def sum_width(self) -> int:
        """Bits of n(t), signed: |n(t)| <= fan_in."""
        return self.fan_in.bit_length() + 1


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
    def synapses(self) -> int:
        """As of `Synapses`."""
        return self.lanes // self.pixel * len(self.sources[0])

    def taken(self, output: int) -> Sequence[int]:
        """As of `Synapses`."""
        return [start + lane for start in range(0, self.lanes, self.pixel) for lane in self.sources[output]]


@dataclass(frozen=True, kw_only=True)
class NeuronCore(Core):
    """Base of all neuron cores: ``channels`` neurons at once, fed with n(t) of ``ticks`` ticks a word.

    Parameters
    ----------
    input_bound : int
        Largest ``|n(t)|``; of inputs that spike only once, also of the sum of n(t) over any ticks.
    """

    channels: int
    groups: int
    ticks: int
    input_bound: int
    neurons: Neurons

    @property
    def steps(self) -> int:
        """Ticks that the neurons compute: the bit planes of what they give."""
        return self.bit_planes

    @property
    def sum_width(self) -> int:
        """Bits of n(t) and, of inputs that spike only once, of the slope S, signed: neither exceeds the input_bound."""
        return self.input_bound.bit_length() + 1

    @property
    def membrane_width(self) -> int:
        """Bits of V and of the threshold, signed; `Neurons.potential_range` is the bound."""
        low, high = self.neurons.potential_range(self.input_bound, self.steps)
        return max((high + 1).bit_length(), (-low - 1).bit_length()) + 1

    @cached_property
    def thresholds(self) -> tuple[int, ...]:
        """Threshold of each channel, moved into the range of V plus one."""
        return self.neurons.effective_threshold(self.input_bound, self.steps)

    @property
    def tick_groups(self) -> int:
        """Input words that carry all ticks of a channel group."""
        return ceil_div(self.steps, self.ticks)

    def ticks_in(self, group: int) -> int:
        """Ticks that the input word of tick group ``group`` carries."""
        return min(self.ticks, self.steps - group * self.ticks)


@dataclass(frozen=True, kw_only=True)
class Current(Core):
    """Numbers from their digits: gathers the sums of all planes of a channel group, highest digit first, into one, and
    gives it as n(t) in each of ``repeats`` ticks.
    """

    channels: int
    planes_per_pass: int  # planes in an input word
    plane_bound: int  # largest sum of a plane
    repeats: int

    @property
    def plane_groups(self) -> int:
        """Input words of a channel group."""
        return ceil_div(self.bit_planes, self.planes_per_pass)

    @property
    def plane_width(self) -> int:
        """Bits of the sum of a plane, signed."""
        return self.plane_bound.bit_length() + 1

    @property
    def sum_width(self) -> int:
        """Bits of a sum of numbers, signed."""
        return (self.plane_bound * (2**self.bit_planes - 1)).bit_length() + 1


@dataclass(frozen=True, kw_only=True)
class Join(Core):
    """Adds to ``n(t) << shift`` what a shortcut brings in tick t, times its channel's gain; lanes are the shortcut's.

    Parameters
    ----------
    ticks : int
        Ticks in an input word.
    words : int
        Input words that carry all ticks of a channel group; each group takes one word of the shortcut.
    gains : tuple of int
        One for each of ``channels * groups`` channels.
    shift : int
    before, input_bound : int
        Largest ``|n(t)|`` without and with the shortcut.
    """

    channels: int
    groups: int
    ticks: int
    words: int
    gains: tuple[int, ...]
    shift: int
    before: int
    input_bound: int

    @property
    def taken_width(self) -> int:
        """Bits of n(t) without the shortcut, signed."""
        return self.before.bit_length() + 1

    @property
    def sum_width(self) -> int:
        """Bits of n(t) with the shortcut, signed."""
        return self.input_bound.bit_length() + 1


@dataclass(frozen=True, kw_only=True)
class SerialNeurons(NeuronCore):
    """Hidden neurons, one tick a cycle; out comes a word for each channel group."""


@dataclass(frozen=True, kw_only=True)
class UnrolledNeurons(NeuronCore):
    """Hidden neurons as a pipeline of ``steps`` stages, one tick each: a channel group every cycle."""


@dataclass(frozen=True, kw_only=True)
class RecurrentNeurons(NeuronCore):
    """Hidden neurons that get what their layer gave in the tick before; a tick of the whole map after the other.

    Parameters
    ----------
    positions : int
        Of the map; at each there are ``groups`` words.
    before : int
        Largest ``|n_input|``, which comes once for all ticks.
    fed : int
        Largest ``|m(t)|``.
    shift : int
        ``n(t) = n_input + (m(t) << shift)``, in tick 0 n_input alone.
    """

    positions: int
    before: int
    fed: int
    shift: int

    @property
    def places(self) -> int:
        """Words of a map."""
        return self.positions * self.groups

    @property
    def depth(self) -> int:
        """Words of the ring in which spikes wait for the loop: a map, rounded up to a power of two, at least 4."""
        return max(4, 1 << (self.places - 1).bit_length())

    @property
    def taken_width(self) -> int:
        """Bits of n_input, signed."""
        return self.before.bit_length() + 1

    @property
    def fed_width(self) -> int:
        """Bits of m(t), signed."""
        return self.fed.bit_length() + 1


@dataclass(frozen=True, kw_only=True)
class OutputNeurons(NeuronCore):
    """Neurons of the last layer, one tick a cycle; out come V and V >= threshold for each tick and channel group."""


@dataclass(frozen=True, kw_only=True)
class Readout(Core):
    """Decides as soon as the decision is certain; then scans the classes, one a cycle."""

    kind: str  # of Network.readout
    channels: int
    groups: int
    membrane_width: int

    @property
    def steps(self) -> int:
        """Ticks of the network."""
        return self.bit_planes

    @property
    def rank_width(self) -> int:
        """Bits of what comes before V in a comparison: whether an output fired, or how often."""
        return self.steps.bit_length() if self.kind == "count" else 1

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.channels * self.groups
