"""Weights of a layer: a tensor of small integers, packed bit plane by bit plane."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Weights:
    """Base of tensors of weights; a weight is ``offset`` plus the sum of its bits, each times that of ``places``.

    Parameters
    ----------
    shape : tuple of int
        Extent of each axis, outermost first; the first is that of the output channels.
    packed : bytes
        Bit k of element ``i`` in row-major order is bit ``j = k * size + i`` of them: bit ``j % 8`` of byte ``j // 8``.
        Unused bits are 0.

    Raises
    ------
    ValueError
        ``packed`` has the wrong length or a bit set past the last element.
    """

    offset: ClassVar[int]
    shape: tuple[int, ...]
    packed: bytes

    def __post_init__(self) -> None:
        count = self.size * self.width
        if len(self.packed) != (count + 7) // 8:
            raise ValueError(f"packed weights of shape {self.shape} must have {(count + 7) // 8} bytes, "
                             f"not {len(self.packed)}")
        if count % 8 and self.packed[-1] >> count % 8:
            raise ValueError(f"packed weights of shape {self.shape} must end in zero bits")

    @property
    def places(self) -> tuple[int, ...]:
        """Value of each bit of a weight."""
        raise NotImplementedError

    @property
    def bound(self) -> int:
        """Largest absolute value of the sum of any of the weights of an output."""
        raise NotImplementedError

    @property
    def width(self) -> int:
        """Bits of a weight."""
        return len(self.places)

    @property
    def size(self) -> int:
        """Number of weights."""
        return math.prod(self.shape)

    @property
    def fan_in(self) -> int:
        """Weights of an output."""
        return self.size // self.shape[0]

    def planes(self) -> tuple[str, ...]:
        """Each bit of all weights in row-major order, a character 0 or 1 for each weight."""
        text = f"{int.from_bytes(self.packed, 'little'):0{self.size * self.width}b}"[::-1]
        return tuple(text[start:start + self.size] for start in range(0, len(text), self.size))

    def values(self) -> list[int]:
        """All weights in row-major order."""
        return [self.offset + sum(place for place, bit in zip(self.places, bits, strict=True) if bit == "1")
                for bits in zip(*self.planes(), strict=True)]


def leaves(values: Any) -> tuple[tuple[int, ...], list[Any]]:
    """Shape of nested lists, and what is in them, in row-major order; a ValueError if the nesting is ragged."""
    shape = _shape(values)
    return shape, _flatten(values, shape, "")


def pack(bits: list[int]) -> bytes:
    """Bits as bytes, the first the lowest."""
    return int("".join(map(str, reversed(bits))) or "0", 2).to_bytes((len(bits) + 7) // 8, "little")


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
