"""Integer weights: a tensor of integers of a few bits, two's complement."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from ..check import integer, plain
from .signs import SignTensor
from .weights import Weights, leaves, pack

MAX_BITS = 8


@dataclass(frozen=True)
class IntegerTensor(Weights):
    """Weights in ``-2**(b-1) .. 2**(b-1) - 1``, packed as two's complement numbers of b bits; ternary ones have 2.

    Parameters
    ----------
    shape, packed
        As of `Weights`.
    precision : int
        Bits b of a weight, 2..8, no more than the largest of them takes.

    Raises
    ------
    ValueError
        As of `Weights`; or fewer bits would do, so that the same weights had several forms.
    """

    offset: ClassVar[int] = 0
    precision: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "precision", integer("bits of a weight", self.precision, 2, MAX_BITS))
        super().__post_init__()
        *_, below, highest = planes = self.planes()
        if highest == below and len(planes) > 2:
            raise ValueError(f"weights of shape {self.shape} must have as few bits as hold them, not {self.precision}")
        if len(planes) == 2 and "0" not in below:
            raise ValueError(f"weights of shape {self.shape} must be packed as signs, since all are -1 or +1")

    @classmethod
    def of(cls, values: Any) -> "IntegerTensor":
        """Pack nested lists or an array of integers, in as few bits as hold them.

        Raises
        ------
        TypeError, ValueError
            The nesting is ragged, or a value is no integer of 8 bits.
        """
        shape, found = leaves(plain(values))
        numbers = [integer("weight", value, -2**(MAX_BITS - 1), 2**(MAX_BITS - 1) - 1) for value in found]
        bits = max([2, *(max(value, -value - 1).bit_length() + 1 for value in numbers)])
        return cls(shape, pack([value >> bit & 1 for bit in range(bits) for value in numbers]), bits)

    @property
    def places(self) -> tuple[int, ...]:
        """As of `Weights`."""
        return (*(2**bit for bit in range(self.precision - 1)), -2**(self.precision - 1))

    @cached_property
    def bound(self) -> int:
        """As of `Weights`: that of the positive or of the negative weights of an output, whichever is larger."""
        values, fan_in = self.values(), self.fan_in
        rows = [values[start:start + fan_in] for start in range(0, self.size, fan_in)]
        return max(max(sum(w for w in row if w > 0), -sum(w for w in row if w < 0)) for row in rows)

    @cached_property
    def digits(self) -> tuple[int, ...]:
        """How many magnitudes have each binary digit: of positive weights, lowest first, then of negative ones."""
        counts = Counter(self.values())
        return tuple(sum(count for value, count in counts.items() if value * sign > 0 and abs(value) >> bit & 1)
                     for sign in (1, -1) for bit in range(self.precision))


def weights(values: Any) -> Weights:
    """Weights of any kind as they are; or nested lists or an array, packed as signs if all are -1 or +1.

    Raises
    ------
    TypeError, ValueError
        As of `IntegerTensor.of`.
    """
    if isinstance(values, Weights):
        return values
    try:
        return SignTensor.of(values)
    except ValueError:
        return IntegerTensor.of(values)
