"""Cores that compute with sums of weights: currents, neurons, the readout."""

from dataclasses import dataclass
from functools import cached_property

from ...description.neurons import Neurons
from .core import Core, ceil_div


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
    gives it as n(t) in each of ``repeats`` ticks. One that is ``buffered`` takes all words of the next meanwhile.
    """

    channels: int
    planes_per_pass: int  # planes in an input word
    plane_bound: int  # largest sum of a plane
    repeats: int
    buffered: bool = False

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
