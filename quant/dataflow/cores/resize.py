"""Resize: a part of a camera's picture, in fewer and if need be grey pixels, as the images of a network."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...check import integer
from ...description.spike_coding import Binary, SpikeCoding
from .core import Core

LUMA = (77, 150, 29)  # of 256: 0.299, 0.587 and 0.114 of ITU-R BT.601-7, 2.5.1, in whole numbers whose sum is 256
MAX_FACTOR = 64
MAX_PIXELS = 2**16  # in a row or column
MAX_VALUES = 2**23  # of a picture; more than those of 1920 x 1080 in colour
_TEXT = re.compile(r"(\d{1,5})x(\d{1,5})(?:x([1-4]))?(?:/(\d{1,2}))?(?:\+(\d{1,5})\+(\d{1,5}))?(,invert)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Resize(Core):
    """Crop, grey, mean over boxes, and inverse of a picture whose pixels come row by row, channel by channel.

    Parameters
    ----------
    width, height, channels : int
        Of the picture, of up to 2**23 values.
    left, top : int
        First column and row that count.
    factor : int
        Rows and columns of a box; a power of two, 1..64.
    output_shape : (channels, height, width)
        Of the image. Its channels are the picture's, or one of three: then it is grey.
    invert : bool
        255 less the mean: for what is dark on light.

    Raises
    ------
    ValueError
        The image does not lie within the picture, the channels do not fit, or a number is out of range.
    """

    bit_planes: int = 8
    spike_coding: SpikeCoding = Binary
    width: int
    height: int
    channels: int
    left: int
    top: int
    factor: int
    output_shape: tuple[int, int, int]
    invert: bool = False

    def __post_init__(self) -> None:
        channels, rows, columns = self.output_shape
        integer("factor of resize", self.factor, 1, MAX_FACTOR)
        if self.factor & self.factor - 1:
            raise ValueError(f"factor of resize must be a power of two, not {self.factor}")
        for what, extent, start, size in (("width", self.width, self.left, columns),
                                          ("height", self.height, self.top, rows)):
            integer(f"{what} of the picture to resize", extent, 1, MAX_PIXELS)
            if not 0 <= start <= extent - size * self.factor:
                raise ValueError(f"{what} of the picture to resize must hold {start} + {size} x {self.factor} pixels, "
                                 f"not {extent}")
        integer("values of the picture to resize", self.pixels, 1, MAX_VALUES)
        if self.channels != channels and not self.grey:
            raise ValueError(f"channels of the picture to resize must be {channels}{' or 3' if channels == 1 else ''}, "
                             f"not {self.channels}")

    @property
    def grey(self) -> bool:
        """Whether three channels, red, green and blue, become one."""
        return self.channels == 3 and self.output_shape[0] == 1

    @property
    def bits(self) -> int:
        """Bits by which a sum over a box is shifted: the logarithm of its pixels."""
        return 2 * (self.factor.bit_length() - 1)

    @property
    def pixels(self) -> int:
        """Values of a picture."""
        return self.width * self.height * self.channels

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a picture."""
        return (self.channels, self.height, self.width)

    @property
    def lanes(self) -> int:
        """Values of a word."""
        return 1

    @property
    def ends(self) -> list[bool]:
        """For each value of a picture, whether a value of its image comes of it: the last of a box."""
        _, rows, columns = self.output_shape
        rows_end, columns_end = ([0 <= at - start < size * self.factor and (at - start + 1) % self.factor == 0
                                  for at in range(extent)] for extent, start, size in (
                                      (self.height, self.top, rows), (self.width, self.left, columns)))
        return [row and column and (not self.grey or channel == self.channels - 1)
                for row in rows_end for column in columns_end for channel in range(self.channels)]

    @property
    def half(self) -> int:
        """What is added to a sum before it is shifted: the mean is rounded, a half up."""
        return (1 << self.bits) // 2

    @property
    def text(self) -> str:
        """As `parse` takes it, with nothing left out."""
        return (f"{self.width}x{self.height}x{self.channels}/{self.factor}+{self.left}+{self.top}"
                f"{',invert' if self.invert else ''}")

    def enlarged(self, image: Sequence[int]) -> bytes:
        """A picture that becomes this image: boxes of one value, and 0 around them; both (row, column, channel)."""
        channels, rows, columns = self.output_shape
        beside = self.width - self.left - columns * self.factor
        inverse, repeats = 255 if self.invert else 0, 3 if self.grey else 1
        pixels = [bytes(value ^ inverse for value in image[at:at + channels]) * repeats * self.factor
                  for at in range(0, rows * columns * channels, channels)]
        lines = [bytes(self.left * self.channels) + b"".join(pixels[at:at + columns]) + bytes(beside * self.channels)
                 for at in range(0, rows * columns, columns)]
        above = bytes(self.top * self.width * self.channels)
        return (above + b"".join(line * self.factor for line in lines)).ljust(self.pixels, b"\0")


def parse(text: str, output_shape: tuple[int, int, int]) -> Resize:
    """Resize of ``WIDTHxHEIGHT[xCHANNELS][/FACTOR][+LEFT+TOP][,invert]`` to an image of a network.

    Without channels there is one; without factor the largest that fits is taken; without left and top the middle.

    Raises
    ------
    ValueError
        The text is no such, or as of `Resize`.
    """
    found = _TEXT.fullmatch(text)
    if not found:
        raise ValueError("resize must be WIDTHxHEIGHT[xCHANNELS][/FACTOR][+LEFT+TOP][,invert], as 160x120x3/4+24+4, "
                         f"not {text!r:.60}")
    width, height, channels, asked, left, top = (None if part is None else int(part) for part in found.groups()[:6])
    assert width is not None
    assert height is not None
    _, rows, columns = output_shape
    fits = min(width // columns, height // rows, MAX_FACTOR)
    factor = asked if asked is not None else 1 << max(fits.bit_length() - 1, 0)
    return Resize(width=width, height=height, channels=channels or 1, factor=factor, output_shape=output_shape,
                  left=max(width - columns * factor, 0) // 2 if left is None else left,
                  top=max(height - rows * factor, 0) // 2 if top is None else top, invert=bool(found[7]))


