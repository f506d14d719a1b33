"""Parameters of every hardware core, with the widths and counts that follow from them.

One frozen description each: the core in `hw`, its clocked timing in `quant.timing` and its payload twin in `sim` are
all built from the same object, so that no width or count is computed twice. A *word* is what one stream transfer
carries; `lanes` is the number of spike times in a word. A *pass* computes one group of output channels over one group
of ticks at one window position. Standard library only.
"""

from dataclasses import dataclass
from functools import cached_property

from .neurons import Neurons


def ceil_div(a: int, b: int) -> int:
    """``a / b`` rounded up."""
    return -(-a // b)


@dataclass(frozen=True, kw_only=True)
class Core:
    """What all cores share.

    Parameters
    ----------
    steps : int
        Ticks, 1..256; a spike time is 0..steps, where ``steps`` means never.
    """

    steps: int

    @property
    def time_width(self) -> int:
        """Bits of a spike time."""
        return self.steps.bit_length()


@dataclass(frozen=True, kw_only=True)
class Encoder(Core):
    """8-bit pixels to spike times: never for 0, else ``((255 - pixel) * steps) >> 8``."""

    lanes: int = 1


@dataclass(frozen=True, kw_only=True)
class Pack(Core):
    """Gathers ``ratio`` words of ``lanes`` spike times into one, first word in the lowest lanes."""

    lanes: int
    ratio: int


@dataclass(frozen=True, kw_only=True)
class Unpack(Core):
    """Splits a word of ``lanes`` spike times into ``ratio`` words, lowest lanes first."""

    lanes: int
    ratio: int


@dataclass(frozen=True, kw_only=True)
class Pad(Core):
    """Surrounds each map by ``padding`` rows and columns of pixels that never spike."""

    lanes: int
    words: int  # a pixel
    height: int
    width: int
    padding: int


@dataclass(frozen=True, kw_only=True)
class Window(Core):
    """What both windows share: a map of pixels in, at each position the synapses' words out, once for each pass.

    Words of a position come in the order kernel row, kernel column, channel.
    """

    lanes: int  # spike times in an input word
    height: int
    width: int
    size: int
    stride: int
    passes: int

    @property
    def rows_out(self) -> int:
        """Window positions in a column."""
        return (self.height - self.size) // self.stride + 1

    @property
    def columns_out(self) -> int:
        """Window positions in a row."""
        return (self.width - self.size) // self.stride + 1

    @property
    def positions(self) -> int:
        """Window positions in a map."""
        return self.rows_out * self.columns_out


@dataclass(frozen=True, kw_only=True)
class RegisterWindow(Window):
    """The whole window in registers, behind ``size - 1`` line buffers; one input word is one pixel."""

    @property
    def fan_in(self) -> int:
        """Spike times in an output word."""
        return self.size * self.size * self.lanes


@dataclass(frozen=True, kw_only=True)
class MemoryWindow(Window):
    """A ring of rows in block RAM, read word by word; ``words`` input words make a pixel.

    The ring holds as many whole rows as fit in the smallest power of two of words that holds ``size + stride`` rows:
    the rows being read, and at least ``stride`` being written.
    """

    words: int

    @property
    def row_words(self) -> int:
        """Words in a row of pixels."""
        return self.width * self.words

    @property
    def depth(self) -> int:
        """Words in the ring; a power of two, so that addresses wrap by themselves."""
        return 1 << ((self.size + self.stride) * self.row_words - 1).bit_length()

    @property
    def rows(self) -> int:
        """Whole rows that the ring may hold."""
        return self.depth // self.row_words

    @property
    def last_rows(self) -> int:
        """Rows freed with the last window row of a map: all that are left of it."""
        return self.height - (self.rows_out - 1) * self.stride

    @property
    def rows_needed(self) -> int:
        """Whole rows that must be there before a window row that is not the last."""
        return max(self.size, self.stride)

    @property
    def run(self) -> int:
        """Consecutive words in one kernel row."""
        return self.size * self.words


@dataclass(frozen=True, kw_only=True)
class Synapses(Core):
    """Sums of sign weights over the inputs that spike in each tick of a group.

    Parameters
    ----------
    lanes : int
        Synapses at once: spike times in an input word.
    words : int
        Input words a pass.
    channels, groups : int
        Output channels at once, and groups of them.
    ticks : int
        Ticks at once; the last group may have fewer.
    ticks_outermost : bool
        Order of passes at a position: all channel groups of a tick group first (output layer, which decides early), or
        all tick groups of a channel group first (hidden layers, which then need no memory for membranes).
    rom : tuple of int
        ``groups * words`` weight words; bit ``channel * lanes + lane``, 1 for +1.
    """

    lanes: int
    words: int
    channels: int
    groups: int
    ticks: int
    ticks_outermost: bool
    rom: tuple[int, ...]

    ADDER_LEVELS = 3  # adders in a row between registers: 8 addends

    @property
    def fan_in(self) -> int:
        """Synapses of a neuron."""
        return self.lanes * self.words

    @property
    def tick_groups(self) -> int:
        """Passes that a channel group takes."""
        return ceil_div(self.steps, self.ticks)

    @property
    def passes(self) -> int:
        """Passes a position."""
        return self.groups * self.tick_groups

    @property
    def latency(self) -> int:
        """Registers between an input word and its partial sums."""
        return max(1, ceil_div((self.lanes - 1).bit_length(), self.ADDER_LEVELS))

    @property
    def sum_width(self) -> int:
        """Bits of n(t), signed: |n(t)| <= fan_in."""
        return self.fan_in.bit_length() + 1


@dataclass(frozen=True, kw_only=True)
class NeuronCore(Core):
    """What all neuron cores share: ``channels`` neurons at once, fed with n(t) of ``ticks`` ticks a word."""

    channels: int
    groups: int
    ticks: int
    fan_in: int
    neurons: Neurons

    @property
    def sum_width(self) -> int:
        """Bits of n(t) and of the slope S, signed: each input spikes at most once, so |n(t)| and |S| <= fan_in."""
        return self.fan_in.bit_length() + 1

    @property
    def membrane_width(self) -> int:
        """Bits of V and of the threshold, signed; `Neurons.potential_range` is the bound."""
        low, high = self.neurons.potential_range(self.fan_in, self.steps)
        return max((high + 1).bit_length(), (-low - 1).bit_length()) + 1

    @cached_property
    def thresholds(self) -> tuple[int, ...]:
        """Threshold of each channel, moved into the range of V plus one."""
        return self.neurons.effective_threshold(self.fan_in, self.steps)

    @property
    def tick_groups(self) -> int:
        """Input words that carry all ticks of a channel group."""
        return ceil_div(self.steps, self.ticks)

    def ticks_in(self, group: int) -> int:
        """Ticks that the input word of tick group ``group`` carries."""
        return min(self.ticks, self.steps - group * self.ticks)


@dataclass(frozen=True, kw_only=True)
class SerialNeurons(NeuronCore):
    """Hidden neurons, one tick a cycle; out comes a word of spike times for each channel group."""


@dataclass(frozen=True, kw_only=True)
class UnrolledNeurons(NeuronCore):
    """Hidden neurons as a pipeline of ``steps`` stages, one tick each: a channel group every cycle."""


@dataclass(frozen=True, kw_only=True)
class OutputNeurons(NeuronCore):
    """Neurons of the last layer, one tick a cycle; out come V and V >= threshold for each tick and channel group."""


@dataclass(frozen=True, kw_only=True)
class Pool(Core):
    """Earliest spike time of each ``size`` x ``size`` window; ``groups`` words make a pixel."""

    lanes: int
    groups: int
    height: int
    width: int
    size: int

    @property
    def columns_out(self) -> int:
        """Pixels in a row of the pooled map."""
        return self.width // self.size


@dataclass(frozen=True, kw_only=True)
class Readout(Core):
    """Decides as soon as the decision is certain; then scans the classes, one a cycle."""

    kind: str  # of Network.readout
    channels: int
    groups: int
    membrane_width: int

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.channels * self.groups
