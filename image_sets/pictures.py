"""Pixels of a picture file.

A picture becomes 8 bits a channel, in this order:

1. Of several frames or pages, the first is taken.
2. It is turned as its EXIF orientation says.
3. Of 16 bits a channel, the upper 8 are kept.
4. It becomes grey (ITU-R 601-2 luma) for one channel, red, green and blue for three.
5. It is inverted, if that is asked for.
6. Transparency is blended with 0, which never spikes: with black, after inversion.
7. It is scaled to fit with its proportions kept (bilinear, over all pixels that fall into one), and centred; the margin
   is 0.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from quant.files.content import START, kind_of

Array = npt.NDArray[Any]

MAX_PIXELS = 2**24
MODES = {1: "L", 3: "RGB"}
FORMATS: Mapping[str, tuple[str, ...]] = {  # endings of the names of each of Pillow's formats that are read
    "PNG": (".png",), "JPEG": (".jpg", ".jpeg"), "GIF": (".gif",), "WebP": (".webp",), "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",), "PPM": (".pbm", ".pgm", ".ppm")}
ENDINGS = tuple(ending for endings in FORMATS.values() for ending in endings)
KINDS = {f"a {name} picture": name for name in FORMATS}  # as `quant.files.content.kind_of` names them
NAMES = f"{', '.join(list(FORMATS)[:-1])} or {list(FORMATS)[-1]}"
PLAIN = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "CMYK", "YCbCr")
GREY = ("1", "L", "LA")

FRAME, TURNED, DEPTH = "first of several frames", "turned by EXIF orientation", "16 bits to 8"
TO_GREY, TO_RGB, INVERTED, BLENDED = "colour to grey", "grey to rgb", "inverted", "transparency over black"
SCALED, MARGIN, METADATA = "scaled", "margin of black", "damaged metadata passed over"
CHANGES = (METADATA, FRAME, TURNED, DEPTH, TO_GREY, TO_RGB, INVERTED, BLENDED, SCALED, MARGIN)


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels of one picture, uint8 (channels, height, width), and those of `CHANGES` that were made to it."""

    pixels: Array
    changes: tuple[str, ...]


def picture(source: Path | BinaryIO, channels: int, size: tuple[int, int] | None = None, *, invert: bool = False
            ) -> Picture:
    """Pixels of one picture.

    Parameters
    ----------
    source : path or binary file
    channels : 1 or 3
    size : (height, width) or None
        Size of the result; None: that of the picture.
    invert : bool
        A pixel p becomes 255 - p, for pictures drawn dark on light; transparent pixels and the margin stay 0.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is no whole file of one of `FORMATS`, of a mode that is not read, or has more than 2**24 pixels, which is
        checked before it is decompressed.
    """
    try:
        with (warnings.catch_warnings(record=True, action="always") as warned,
              Image.open(source, formats=tuple(map(str.upper, FORMATS))) as opened):
            if math.prod(opened.size) > MAX_PIXELS:
                raise ValueError(f"picture must have at most {MAX_PIXELS} pixels, not {opened.width} x {opened.height}")
            changes: list[str] = []
            plain = _plain(_upright(opened, changes), MODES[channels], invert, changes)
            pixels = np.asarray(plain if size is None else _fitted(plain, *size, changes))
            changes += [METADATA] * bool(warned)
    except UnidentifiedImageError:
        kind = _kind(source)
        raise ValueError(f"picture must be whole, but: the header of {kind} is damaged" if kind in KINDS else
                         f"picture must be {NAMES}, not {kind}") from None
    except Exception as error:  # Pillow raises nearly anything for a damaged file
        if isinstance(error, MemoryError) or isinstance(error, OSError) and error.filename is not None:
            raise
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(reason if reason.startswith("picture must") else f"picture must be whole, but: {reason}"
                         ) from None
    return Picture(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1), tuple(dict.fromkeys(changes)))


def _kind(source: Path | BinaryIO) -> str:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return kind_of(file.read(START))
    source.seek(0)
    return kind_of(source.read(START))


def _upright(opened: Image.Image, changes: list[str]) -> Image.Image:
    """First frame of a file, turned as its EXIF orientation says, with at most 8 bits a channel."""
    deep = opened.mode.startswith("I;16") or opened.mode == "I" and opened.format in ("PNG", "PPM")
    if not deep and opened.mode not in PLAIN:
        raise ValueError(f"picture must be grey, of a palette, RGB, CMYK or YCbCr, of at most 16 bits a channel, not "
                         f"of Pillow's mode {opened.mode}; save it as PNG of 8 or 16 bits")
    if getattr(opened, "is_animated", False):
        changes.append(FRAME)
    if deep or ";16" in str(getattr(opened, "tile", [])[:1]):
        changes.append(DEPTH)
    if _orientation(opened, changes) in range(2, 9):
        changes.append(TURNED)
        opened.info.pop("exif", None)  # which it would write anew, and cannot where another entry is damaged
        opened = ImageOps.exif_transpose(opened)
    return _eight_bits(opened) if deep else opened


def _orientation(opened: Image.Image, changes: list[str]) -> Any:
    try:
        return opened.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Pillow raises several kinds
        changes.append(METADATA)
        return 1


def _eight_bits(deep: Image.Image) -> Image.Image:
    """Upper 8 of the 16 bits of a grey picture; with an alpha channel if one of its values is transparent."""
    values, transparent = np.asarray(deep).astype(np.uint32), deep.info.get("transparency")
    plain = Image.fromarray((values >> 8).astype(np.uint8))
    if transparent is not None:
        plain.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    return plain


def _plain(picture: Image.Image, mode: str, invert: bool, changes: list[str]) -> Image.Image:
    """Picture in ``mode``, with its background at 0."""
    alpha, grey = None, picture.mode in GREY
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = picture.getchannel("A")
    plain = picture if picture.mode == "L" else picture.convert("RGB")
    if mode == "RGB" and grey or mode == "L" and not grey and _coloured(plain):
        changes.append(TO_RGB if grey else TO_GREY)
    plain = plain.convert(mode)
    if invert:
        plain = Image.fromarray(255 - np.asarray(plain))
        changes.append(INVERTED)
    if alpha is None or alpha.getextrema() == (255, 255):
        return plain
    changes.append(BLENDED)
    return Image.composite(plain, Image.new(mode, plain.size), alpha)


def _coloured(picture: Image.Image) -> bool:
    red, green, blue = np.moveaxis(np.asarray(picture), 2, 0)
    return not (np.array_equal(red, green) and np.array_equal(green, blue))


def _fitted(picture: Image.Image, height: int, width: int, changes: list[str]) -> Image.Image:
    if picture.size == (width, height):
        return picture
    scale = min(width / picture.width, height / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    changes += [SCALED] * (size != picture.size) + [MARGIN] * (size != (width, height))
    whole = Image.new(picture.mode, (width, height))
    whole.paste(picture.resize(size, Image.Resampling.BILINEAR), ((width - size[0]) // 2, (height - size[1]) // 2))
    return whole
