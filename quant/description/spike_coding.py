"""Contents of a stream's lane from layer to layer, and how synapses read it: plane by plane.

A layer's synapses make one sum, n, of each *plane* of their inputs: of all inputs whose value has a spike there.
Another code is another class here with a `kind`, listed in `SPIKE_CODINGS`, and an entry in each of
`sim.functional.bit_planes`, `hw.cores.spike_coding` and `train_binary.model.spike_coding`. It says whether its values
are `numeric`, of which synapses add up all planes and give neurons the same sum in every tick, and whether a value has
a spike in one plane at most (`once`). A code of pixels has an entry in each of `hw.cores.streams.encoder` and
`sim.cycle.payload` too.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from .psp import MAX_STEPS


class Planes:
    """Base of all spike codings, of a plane a tick."""

    @staticmethod
    def planes(steps: int) -> int:
        """Planes of a value, in a network of so many ticks."""
        return steps


class Times(Planes):
    """The tick of an only spike; the number of planes means never. Planes are ticks."""

    kind: ClassVar[str] = "times"
    max_ticks: ClassVar[int] = MAX_STEPS
    numeric: ClassVar[bool] = False
    once: ClassVar[bool] = True

    @staticmethod
    def width(planes: int) -> int:
        """Bits of a value."""
        return planes.bit_length()

    @staticmethod
    def silent(planes: int) -> int:
        """The value without a spike."""
        return planes

    @staticmethod
    def spikes(value: int, planes: int, plane: int) -> bool:
        """True if a value has a spike in a plane; behind the last one the value without a spike has."""
        return value == plane

    @staticmethod
    def fired(crossings: Sequence[bool]) -> int:
        """The value of a neuron, of whether V is at the threshold in each tick."""
        return crossings.index(True) if any(crossings) else len(crossings)

    @staticmethod
    def pooled(values: Iterable[int]) -> int:
        """The value of a window: its earliest spike."""
        return min(values)


class Bits(Planes):
    """Base of the spike codings of a bit a plane."""

    once: ClassVar[bool] = False

    @staticmethod
    def width(planes: int) -> int:
        """Bits of a value."""
        return planes

    @staticmethod
    def silent(planes: int) -> int:
        """The value without a spike."""
        return 0


class Trains(Bits):
    """Any number of spikes: bit t is the spike in tick t. Planes are ticks."""

    kind: ClassVar[str] = "trains"
    max_ticks: ClassVar[int] = 63
    numeric: ClassVar[bool] = False

    @staticmethod
    def spikes(value: int, planes: int, plane: int) -> bool:
        """True if a value has a spike in a plane; none behind the last."""
        return bool(value >> plane & 1)

    @staticmethod
    def fired(crossings: Sequence[bool]) -> int:
        """The value of a neuron, of whether V is at the threshold in each tick."""
        return sum(crossing << tick for tick, crossing in enumerate(crossings))

    @staticmethod
    def pooled(values: Iterable[int]) -> int:
        """The value of a window: a spike in each tick in which any has one."""
        total = 0
        for value in values:
            total |= value
        return total


class Binary(Bits):
    """A number: planes are its binary digits, the highest first."""

    kind: ClassVar[str] = "binary"
    max_ticks: ClassVar[int] = 16
    numeric: ClassVar[bool] = True

    @staticmethod
    def spikes(value: int, planes: int, plane: int) -> bool:
        """True if a value has a spike in a plane; none behind the last."""
        return bool(value << plane >> (planes - 1) & 1)

    @staticmethod
    def fired(crossings: Sequence[bool]) -> int:
        """The value of a neuron, of whether V is at the threshold in each tick."""
        return sum(crossing << place for place, crossing in enumerate(reversed(crossings)))

    @staticmethod
    def pooled(values: Iterable[int]) -> int:
        """The value of a window: the largest."""
        return max(values)


class TicksLeft(Binary):
    """The ticks that are left when an only spike comes, its own among them: ``steps - tick``, and 0 without a spike.

    An input so counts the more the earlier it spikes. Planes are the binary digits of that number, the highest first.
    """

    kind: ClassVar[str] = "ticks_left"
    max_ticks: ClassVar[int] = MAX_STEPS - 1

    @staticmethod
    def planes(steps: int) -> int:
        """As of `Planes`: the digits of ``steps``, all of them 1, so that every number of as many digits is a time.

        Raises
        ------
        ValueError
            ``steps`` is not one less than a power of two.
        """
        if steps & (steps + 1):
            raise ValueError("number of ticks must be one less than a power of two, where what is left of them when "
                             f"a spike comes is a binary number, not {steps}")
        return steps.bit_length()


SpikeCoding = type[Times] | type[Trains] | type[Binary]
SPIKE_CODINGS: dict[str, SpikeCoding] = {code.kind: code for code in (Times, Trains, Binary, TicksLeft)}
