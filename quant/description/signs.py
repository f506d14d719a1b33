"""Sign weights: a tensor of -1 and +1, one bit each."""

import math
from dataclasses import dataclass
from typing import Any

from ..check import plain


def _flatten(values: Any, shape: tuple[int, ...], where: str) -> list[Any]:
    if not shape:
        return [values]
    if not isinstance(values, (list, tuple)) or len(values) != shape[0]:
        raise ValueError(f"weights{where} must have {shape[0]} entries like its neighbours, not {values!r:.40}")
    return [leaf for i, v in enumerate(values) for leaf in _flatten(v, shape[1:], f"{where}[{i}]")]


def _shape(values: Any) -> tuple[int, ...]:
    shape = []
    while isinstance(values, (list, tuple)):
        shape.append(len(values))
        if not values:
            break
        values = values[0]
    return tuple(shape)


@dataclass(frozen=True)
class SignTensor:
    """Weights in {-1, +1}, packed.

    Parameters
    ----------
    shape : tuple of int
        Extent of each axis, outermost first.
    packed : bytes
        Element ``i`` in row-major order is bit ``i % 8`` of byte ``i // 8``; 1 is +1, 0 is -1. Unused bits are 0.

    Raises
    ------
    ValueError
        ``packed`` has the wrong length or a bit set past the last element.
    """

    shape: tuple[int, ...]
    packed: bytes

    def __post_init__(self) -> None:
        if len(self.packed) != (self.size + 7) // 8:
            raise ValueError(f"packed weights of shape {self.shape} must have {(self.size + 7) // 8} bytes, "
                             f"not {len(self.packed)}")
        if self.size % 8 and self.packed[-1] >> self.size % 8:
            raise ValueError(f"packed weights of shape {self.shape} must end in zero bits")

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
        values = plain(values)
        shape = _shape(values)
        leaves = _flatten(values, shape, "")
        bad = next((v for v in leaves if v not in (-1, 1)), None)
        if bad is not None:
            raise ValueError(f"weights must be -1 or +1, not {bad!r}; binarise them first (w >= 0 is +1)")
        packed = bytearray((len(leaves) + 7) // 8)
        for i, value in enumerate(leaves):
            packed[i >> 3] |= (value > 0) << (i & 7)
        return cls(shape, bytes(packed))

    @property
    def size(self) -> int:
        """Number of weights."""
        return math.prod(self.shape)

    def text(self) -> str:
        """All weights in row-major order, a character each: 1 for +1 and 0 for -1."""
        return f"{int.from_bytes(self.packed, 'little'):0{self.size}b}"[::-1]

    def bits(self) -> list[int]:
        """All weights in row-major order, 1 for +1 and 0 for -1."""
        return list(map(int, self.text()))
