"""Stages: the parts of which the streaming engine is made, one for each layer that computes."""

from dataclasses import dataclass
from functools import cached_property

from ..description.integers import IntegerTensor
from ..description.layers import Shape
from ..description.neurons import Neurons
from ..description.signal import Signal
from ..description.weights import Weights


def divisors(number: int) -> list[int]:
    """All divisors, ascending."""
    return [d for d in range(1, number + 1) if number % d == 0]


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A shortcut, as the stage at its end sees it.

    Parameters
    ----------
    source : int
        Number of stages before its beginning: 0 is the input.
    signal : Signal
        What it brings.
    gains : tuple of int
        One for each output channel of the stage.
    shift : int
        By how much n(t) is shifted before.
    pixels : int
        How far its beginning can be ahead of its end: as far as the stages between them need not to come to a stop,
        and a row further, so that none of them waits for another.
    """

    source: int
    signal: Signal
    gains: tuple[int, ...]
    shift: int
    pixels: int


@dataclass(frozen=True, kw_only=True)
class SynapticStage:
    """A convolution over a map; a Dense is one over a map of one pixel with all inputs as channels.

    Parameters
    ----------
    name : str
        Kind of the layer and its position in the network.
    steps : int
        Ticks that its neurons compute: the bit planes of what they give.
    signal : Signal
        What it takes, before a sum pool.
    shape_in, shape_out : (channels, height, width)
        Without padding, and before a sum pool.
    size, stride, padding : int
        In inputs, before a sum pool.
    summed : int
        Inputs along each axis that share a weight.
    arrival : tuple of int
        Logical input channel of each channel in order of arrival.
    is_input, is_output : bool
        Whether no stage is before it, or behind it.
    input_bound : int
        Largest ``|n(t)|``.
    shortcut : Branch or None
        What is added to n(t).
    loop : Loop or None
        What is added to n(t) in all ticks but the first.
    inside : bool
        Whether it is inside a shortcut or a loop; it then takes one column at a time.
    """

    name: str
    steps: int
    signal: Signal
    shape_in: Shape
    shape_out: Shape
    size: int
    stride: int
    padding: int
    summed: int
    weights: Weights
    neurons: Neurons
    arrival: tuple[int, ...]
    is_input: bool
    is_output: bool
    input_bound: int
    shortcut: Branch | None = None
    loop: "Loop | None" = None
    inside: bool = False

    @property
    def inputs(self) -> tuple[int, ...]:
        """Input channel, of its weights, of each channel that a neuron looks at, in order of arrival."""
        return self.arrival

    @property
    def fan_in(self) -> int:
        """Synapses of one neuron."""
        return self.size * self.size * len(self.inputs)

    @property
    def synapse_choices(self) -> list[int]:
        """Every number of synapses at once that the stage allows, ascending."""
        return sorted({*divisors(len(self.inputs)), self.fan_in})

    @property
    def column_choices(self) -> list[int]:
        """Every number of columns at once that the stage allows, ascending: words that the rows divide into."""
        if (self.is_output or self.inside or self.shortcut or self.loop or type(self) is not SynapticStage
                or isinstance(self.weights, IntegerTensor)):
            return [1]
        return [1, *(columns for columns in divisors(self.shape_in[2])[1:]
                     if columns % self.stride == 0 and self.columns(columns).fits)]

    def columns(self, at_once: int) -> "Columns":
        """Its map in words of so many columns."""
        return Columns(at_once=at_once, size=self.size, stride=self.stride, padding=self.padding,
                       width=self.shape_in[2], width_out=self.shape_out[2])

    @property
    def bound(self) -> int:
        """Largest absolute value of the sum over a plane of its inputs: a sum pool repeats weights."""
        return self.weights.bound * (self.fan_in // self.weights.fan_in)

    def word_lanes(self, synapses: int, columns: int = 1) -> int:
        """Values in the words that it takes, for so many synapses and columns at once."""
        return self.shape_in[0] * columns if synapses == self.fan_in else synapses

    def given_lanes(self, channels: int, columns: int) -> int:
        """Values in the words that it gives, for so many output channels and columns at once."""
        return channels * self.columns(columns).positions

    def row_needed(self, row: int) -> int:
        """The last row that the stage must have taken before it gives ``row``, of the rows that it takes."""
        rows = self.shape_in[1]
        if row == self.shape_out[1] - 1:  # a map is let go as a whole
            return rows - 1
        return min(row * self.stride + max(self.size, self.stride) - 1 - self.padding, rows - 1)

    @cached_property
    def planes(self) -> tuple[tuple[str, ...], ...]:
        """Each bit of all weights, of each output channel in window order: kernel row, column, arriving channel."""
        summed, side = self.summed, self.size // self.summed
        fan_in = self.weights.fan_in
        taps = [y // summed * side + x // summed for y in range(self.size) for x in range(self.size)]
        offsets = [channel * side * side + tap for tap in taps for channel in self.inputs]
        starts = range(0, self.shape_out[0] * fan_in, fan_in)
        return tuple(tuple("".join([plane[start + offset] for offset in offsets]) for start in starts)
                     for plane in self.weights.planes())

    @property
    def rows(self) -> tuple[str, ...]:
        """The lowest of the `planes`, the only one of signs."""
        return self.planes[0]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Map of a convolution whose words are several pixels of a row.

    Parameters
    ----------
    at_once : int
        Pixels in a word; a multiple of the stride.
    size, stride, padding : int
    width, width_out : int
        Pixels in a row of the map, without padding, and window positions in one.
    """

    at_once: int
    size: int
    stride: int
    padding: int
    width: int
    width_out: int

    @property
    def positions(self) -> int:
        """Window positions of a word; of a single pixel, one at most."""
        return max(1, self.at_once // self.stride)

    @property
    def left(self) -> int:
        """Words of padding before a row."""
        return -(-self.padding // self.at_once)

    @property
    def right(self) -> int:
        """Words of padding behind a row: of single pixels all, else those that a window position looks at."""
        if self.at_once == 1:
            return self.padding
        return self.width_out // self.positions + self.kernel - 1 - self.left - self.words

    @property
    def row(self) -> int:
        """Words in a row with its padding."""
        return self.left + self.words + self.right

    @property
    def kernel(self) -> int:
        """Words that the window positions of a word look at in a row."""
        return -(-(self._start + (self.positions - 1) * self.stride + self.size) // self.at_once)

    @property
    def words(self) -> int:
        """Words in a row, without padding."""
        return self.width // self.at_once

    @property
    def fits(self) -> bool:
        """Whether the positions of all words are those of the convolution, and no word is beyond them."""
        return self.width_out % self.positions == 0 and self.right >= 0

    @property
    def _start(self) -> int:
        """Column of the first window position in its first word."""
        return self.left * self.at_once - self.padding

    def fields(self, channels: int) -> tuple[tuple[int, ...], ...]:
        """Lanes of the window, of ``channels`` values a pixel, at which each position of a word looks."""
        row = self.kernel * self.at_once
        return tuple(tuple(((y * row + self._start + at * self.stride + x) * channels + channel)
                           for y in range(self.size) for x in range(self.size) for channel in range(channels))
                     for at in range(self.positions))


@dataclass(frozen=True, kw_only=True)
class DepthwiseStage(SynapticStage):
    """A convolution of each channel by itself; words are whole pixels, of which each neuron looks at its own part."""

    @property
    def inputs(self) -> tuple[int, ...]:
        """As of `SynapticStage`; several only behind the Flatten of a sum pool."""
        return (0,) * (len(self.arrival) // self.shape_out[0])

    @property
    def sources(self) -> tuple[tuple[int, ...], ...]:
        """Places in a pixel at which each output channel looks."""
        return tuple(tuple(place for place, channel in enumerate(self.arrival) if channel == output)
                     for output in range(self.shape_out[0]))

    @property
    def synapse_choices(self) -> list[int]:
        """As of `SynapticStage`: those of a pixel, or all."""
        return sorted({len(self.inputs), self.fan_in})

    def word_lanes(self, synapses: int, columns: int = 1) -> int:
        """As of `SynapticStage`: a pixel."""
        return self.shape_in[0]


@dataclass(frozen=True, kw_only=True)
class Loop:
    """The feedback of a stage.

    Parameters
    ----------
    stage : SynapticStage
        A convolution over the map of all spikes of a tick, as the neurons give them, whose sums are m(t).
    shift : int
        n(t) grows by ``m(t) << shift``.
    """

    stage: SynapticStage
    shift: int


@dataclass(frozen=True, kw_only=True)
class PoolStage:
    """First-spike pooling of a map."""

    name: str
    steps: int
    signal: Signal
    shape_in: Shape
    shape_out: Shape
    size: int

    def word_lanes(self, lanes: int) -> int:
        """Values in the words that it takes, where words of so many come: of whole windows, or one pixel at most."""
        channels, _, width = self.shape_in
        columns = lanes // channels
        return lanes if columns <= 1 or columns % self.size == 0 and width % columns == 0 else channels

    def row_needed(self, row: int) -> int:
        """As of `SynapticStage`."""
        return row * self.size + self.size - 1


Stage = SynapticStage | PoolStage
