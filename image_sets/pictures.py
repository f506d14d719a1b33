"""Pixels of a picture file.

A PNG or JPEG of any mode becomes 8 bits a channel: grey (ITU-R 601-2 luma) for one channel, red, green and blue for
three; of 16 bits the upper 8 are kept. Transparent pixels are 0. The picture is scaled to fit with its proportions kept
(bilinear, over all pixels that fall into one), and centred; the margin is 0.
"""

import math
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[Any]

MAX_PIXELS = 2**24
MODES = {1: "L", 3: "RGB"}


def picture(source: Path | BinaryIO, channels: int, size: tuple[int, int] | None = None, *, invert: bool = False
            ) -> Array:
    """Pixels of one picture.

    Parameters
    ----------
    source : path or binary file
    channels : 1 or 3
    size : (height, width) or None
        Size of the result; None: that of the picture.
    invert : bool
        A pixel p becomes 255 - p, for pictures drawn dark on light; transparent pixels and the margin stay 0.

    Returns
    -------
    uint8 array (channels, height, width)

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is no whole PNG or JPEG, or has more than 2**24 pixels, which is checked before it is decompressed.
    """
    try:
        with warnings.catch_warnings(action="error"), Image.open(source, formats=("PNG", "JPEG")) as opened:
            if math.prod(opened.size) > MAX_PIXELS:
                raise ValueError(f"picture must have at most {MAX_PIXELS} pixels, not {opened.width} x {opened.height}")
            plain = _plain(opened, MODES[channels], invert)
            pixels = np.asarray(plain if size in (None, plain.size[::-1]) else _fitted(plain, *size))  # type: ignore
    except Exception as error:  # Pillow raises nearly anything for a damaged file
        if isinstance(error, MemoryError) or isinstance(error, OSError) and error.filename is not None:
            raise
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(reason if reason.startswith("picture must") else f"picture must be whole, but: {reason}"
                         ) from None
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _plain(picture: Image.Image, mode: str, invert: bool) -> Image.Image:
    """Picture in ``mode``, with its background at 0."""
    if picture.mode.startswith("I"):  # 16 bits
        picture = Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8))
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    plain = picture.convert("RGB").convert(mode) if picture.mode != "L" else picture.convert(mode)
    if invert:
        plain = Image.fromarray(255 - np.asarray(plain))
    return plain if alpha is None else Image.composite(plain, Image.new(mode, plain.size), alpha)


def _fitted(picture: Image.Image, height: int, width: int) -> Image.Image:
    scale = min(width / picture.width, height / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    whole = Image.new(picture.mode, (width, height))
    whole.paste(picture.resize(size, Image.Resampling.BILINEAR), ((width - size[0]) // 2, (height - size[1]) // 2))
    return whole
