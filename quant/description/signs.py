"""Sign weights: a tensor of -1 and +1, one bit each."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ..check import plain
from .weights import Weights, leaves, pack


@dataclass(frozen=True)
class SignTensor(Weights):
    """Weights in {-1, +1}, packed: 1 is +1, 0 is -1. Parameters and errors as of `Weights`."""

    offset: ClassVar[int] = -1

    @classmethod
    def of(cls, values: Any) -> "SignTensor":
        """Pack nested lists or an array of -1 and +1.

        Raises
        ------
        ValueError
            The nesting is ragged, or a value is neither -1 nor +1.
        """
        if isinstance(values, cls):
            return values
        shape, found = leaves(plain(values))
        bad = [value for value in found if value not in (-1, 1)]
        if bad:
            raise ValueError(f"weights must be -1 or +1, not {bad[0]!r}; binarise them first (w >= 0 is +1)")
        return cls(shape, pack([int(value > 0) for value in found]))

    @property
    def places(self) -> tuple[int, ...]:
        """As of `Weights`."""
        return (2,)

    @property
    def bound(self) -> int:
        """As of `Weights`: the fan-in, which all weights of one sign reach."""
        return self.fan_in

    def text(self) -> str:
        """All weights in row-major order, a character each: 1 for +1 and 0 for -1."""
        return self.planes()[0]

    def bits(self) -> list[int]:
        """All weights in row-major order, 1 for +1 and 0 for -1."""
        return list(map(int, self.text()))
