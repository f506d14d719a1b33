"""Code of images on the serial link: pixels as they are, or spike times with runs of silence packed.

A byte of packed spike times has one of two forms. With the highest bit 0 it holds as many spike times as fit the 7
others, the first in the lowest; with the highest bit 1 the others are the number, less one, of values that never spike.
An image begins with a byte; what is left over of its last one is dropped. Standard library only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

from ..dataflow.chain import Node
from ..dataflow.cores import Encoder
from ..description.spike_coding import Times

RUN = 0x80  # of a byte: it is a run of silence
LONGEST_RUN = 128
PACKED_BITS = 7  # of a byte of spike times


@dataclass(frozen=True)
class Coding:
    """Code of images.

    Parameters
    ----------
    ticks : int
        Of spike times, 1..127; 0: pixels as they are.
    """

    ticks: int

    @property
    def width(self) -> int:
        """Bits of a value."""
        return Times.width(self.ticks) if self.ticks else 8

    @property
    def in_a_byte(self) -> int:
        """Values in a byte that is no run."""
        return PACKED_BITS // self.width if self.ticks else 1

    @cached_property
    def _times(self) -> bytes:
        """Value of each pixel."""
        return bytes([self.ticks, *((255 - pixel) * self.ticks >> 8 for pixel in range(1, 256))])

    @cached_property
    def _pixels(self) -> bytes:
        """A pixel of each value; 0 of those that never spike."""
        return bytes(max((pixel for pixel, value in enumerate(self._times) if value == time and time < self.ticks),
                         default=0) for time in range(256))

    @cached_property
    def _byte(self) -> dict[bytes, bytes]:
        """The byte of each group of values and of each run."""
        packed = {bytes(values): bytes([sum(value << place * self.width for place, value in enumerate(values))])
                  for values in product(range(self.ticks + 1), repeat=self.in_a_byte)}
        return packed | {bytes([self.ticks] * length): bytes([RUN | length - 1])
                         for length in range(self.in_a_byte + 1, LONGEST_RUN + 1)}

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        count = self.in_a_byte
        silent = re.escape(bytes([self.ticks]))
        return re.compile(b"%b{%d,%d}|.{%d}|.+" % (silent, count + 1, LONGEST_RUN, count), re.DOTALL)

    def values(self, pixels: bytes) -> bytes:
        """What the accelerator takes of each pixel: its spike time, or the pixel itself."""
        return pixels.translate(self._times) if self.ticks else pixels

    def pixels(self, values: bytes) -> bytes:
        """Pixels that have these values; beyond the last tick: those that never spike."""
        return values.translate(self._pixels) if self.ticks else values

    def pack(self, pixels: bytes) -> bytes:
        """Bytes of an image."""
        if not self.ticks:
            return pixels
        padding = bytes([self.ticks]) * (self.in_a_byte - 1)  # of which the rest, too short for a byte, is dropped
        return self._pattern.sub(lambda found: self._byte.get(found[0], b""), self.values(pixels) + padding)

    def unpack(self, data: bytes, pixels: int) -> list[bytes] | None:
        """Images of so many pixels each; None if the last byte does not end one."""
        images, values = [], bytearray()
        for byte in data:
            values += self._held(byte)
            if len(values) >= pixels:
                images.append(self.pixels(bytes(values[:pixels])))
                values.clear()
        return None if values else images

    def _held(self, byte: int) -> bytes:
        """Values in a byte."""
        if not self.ticks:
            return bytes([byte])
        if byte & RUN:
            return bytes([self.ticks]) * ((byte ^ RUN) + 1)
        return bytes(byte >> place * self.width & (1 << self.width) - 1 for place in range(self.in_a_byte))


@cache
def coding(ticks: int) -> Coding:
    """The code of so many ticks, whose tables are made once."""
    return Coding(ticks)


def of(nodes: Sequence[Node]) -> Coding:
    """The code for a chain of cores: that of spike times if they fit a byte, and no copies take pixels themselves."""
    first = nodes[0].core
    packs = isinstance(first, Encoder) and first.spike_coding is Times and Times.width(first.bit_planes) <= PACKED_BITS
    return coding(first.bit_planes if packs else 0)
