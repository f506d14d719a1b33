"""Images from files, as a network takes them: pictures, NumPy arrays, IDX and recordings, told by their content.

A picture is read as by `image_sets.pictures`, and fitted to the network's height and width. NumPy arrays and IDX files
hold pixels as the network takes them, and must have its size. With ``invert`` a pixel p becomes 255 - p, for
pictures drawn dark on light; the surroundings stay 0: never a spike. Recordings of event cameras, told by their names,
are binned as those that the network was trained with.
"""

import math
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from image_sets import of_text
from image_sets.events.binning import Binning
from image_sets.events.formats import SENSOR, is_recording, recording
from image_sets.events.recordings import Recordings
from image_sets.pictures import CHANGES, KINDS, MODES, NAMES, Picture, picture
from quant.files.artefact import Artefact
from quant.files.container import read
from quant.files.content import START, kind_of
from quant.files.idx import read_idx

MAX_BYTES = 2**28  # of all images together
READERS = {**dict.fromkeys(KINDS, "picture"), "a NumPy array": "array", "an IDX file": "idx", "a gzip file": "idx"}
Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Loaded:
    """Images of some files.

    Parameters
    ----------
    names : list of str
        The file of each image; with its position, if the file holds several.
    pixels : uint8 array (n, channels, height, width)
    changes : dict
        Number of pictures to which each of `image_sets.pictures.CHANGES` was made.
    ends : list of float or None
        Of images of a recording, seconds from its first event until it is complete.
    """

    names: list[str]
    pixels: Any
    changes: Mapping[str, int]
    ends: list[float | None]


@dataclass(frozen=True)
class Camera:
    """Event camera in front of a network: how its events are binned, and its (height, width) where no file says it."""

    binning: Binning
    sensor: tuple[int, int]


def camera(source: Artefact) -> Camera | None:
    """The event camera for a network: that of its data set, else of coding ``events`` the usual one; or None."""
    network, described = source.network, source.provenance.source
    data_set = of_text(described) if described else None
    if isinstance(data_set, Recordings):
        return Camera(data_set.binning, data_set.sensor)
    if network.coding == "events" and network.input_shape[0] == 2:
        return Camera(Binning(ticks=network.steps, size=network.input_shape[1:]), SENSOR)
    return None


def load(paths: Iterable[Path], shape: Shape, *, invert: bool = False, limit: int | None = None,
         events: Camera | None = None) -> Loaded:
    """Read the images of all files, in order.

    Parameters
    ----------
    paths : iterable of Path
    shape : (channels, height, width)
        Of the network.
    invert : bool
        See the module.
    limit : int or None
        Take the first so many.
    events : Camera or None
        Of recordings; None: there are none.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        A file is damaged, of another kind or of another size, or there is none; one line. Nothing is decompressed
        before its size is known to be in bounds.
    """
    names: list[str] = []
    ends: list[float | None] = []
    parts, room, changes = [], MAX_BYTES, Counter[str]()
    for path in paths:
        if limit is not None and len(names) >= limit:
            break
        left = None if limit is None else limit - len(names)
        recorded = _recorded(path, shape, events, room, left) if events and is_recording(path.name) else None
        images, made = (recorded[0], ()) if recorded else _read(path, shape, invert, room)
        changes.update(made)
        images = images[:left]
        ends += recorded[1] if recorded else [None] * len(images)
        names += [str(path)] if len(images) == 1 else [f"{path}[{index}]" for index in range(len(images))]
        parts.append(images)
        room -= images.nbytes
    if not parts:
        raise ValueError("images must be at least one")
    return Loaded(names, np.concatenate(parts), {each: changes[each] for each in CHANGES if changes[each]},
                  ends)


def _recorded(path: Path, shape: Shape, events: Camera, room: int,
              limit: int | None) -> tuple[Any, list[float | None]] | None:
    """The first images of a recording, and the seconds until each is complete; None of a NumPy array of images."""
    content = read(path, MAX_BYTES)
    try:
        found = recording(path.name, content, events.sensor)
        images = events.binning.images(found, limit)
    except ValueError as error:
        if path.suffix.lower() == ".npy" and "shape (n, 4)" in str(error):
            return None
        raise ValueError(f"{path}: {error}") from None
    if images.shape[1:] != shape or images.nbytes > room:
        raise ValueError(f"{path}: images of a recording must have shape {shape} and at most {room:,} bytes, not "
                         f"{images.shape[1:]} and {images.nbytes:,}")
    return images, list(events.binning.ends(found, len(images)))


def _read(path: Path, shape: Shape, invert: bool, room: int) -> tuple[Any, tuple[str, ...]]:
    if path.is_dir():
        raise ValueError(f"{path}: image must be a file, not a folder; name the files in it")
    if path.exists() and not path.is_file():
        raise ValueError(f"{path}: image must be a file")
    with path.open("rb") as file:
        start = file.read(START)
    kind = READERS.get(kind_of(start))
    try:
        if kind == "picture":
            found = _picture(path, shape, invert)
            return found.pixels[None], found.changes
        if kind == "array":
            images = _array(path, room)
        elif kind == "idx":
            extents, content = read_idx(path, room)
            images = np.frombuffer(content, np.uint8).reshape(extents)
        else:
            raise ValueError(f"image must be {NAMES}, NumPy .npy or IDX, not {kind_of(start)}")
        images = _images(images, shape)
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    return (255 - images if invert else images), ()


def _images(array: Any, shape: Shape) -> Any:
    """An array of one image (H, W) or of several, (N, H, W) or (N, C, H, W), as the latter."""
    channels, height, width = shape
    given = array.shape
    if array.ndim == 2:
        array = array[None]
    if array.ndim == 3 and channels == 1:
        array = array[:, None]
    if array.ndim != 4 or array.shape[1:] != shape:
        plain = f"(H, W), (N, H, W) or (N, 1, H, W) with H = {height}, W = {width}"
        several = f"(N, C, H, W) with C = {channels}, H = {height}, W = {width}"
        raise ValueError(f"images must have shape {plain if channels == 1 else several}, not {given}")
    return array


def _array(path: Path, room: int) -> Any:
    """A NumPy file of uint8, whose header is checked before anything is read."""
    with path.open("rb") as file:
        shape, fortran, dtype = _header(file)
        if dtype != np.uint8:
            raise ValueError(f"NumPy file must hold uint8 pixels, not {dtype}")
        size = math.prod(shape)
        if not shape or min(shape) < 1 or size > room:
            raise ValueError(f"extents must be at least 1 and at most {room} together, not {shape}")
        content = file.read(size + 1)
    if len(content) != size:
        raise ValueError(f"NumPy file must hold {size} bytes for shape {shape}, not "
                         f"{len(content) if len(content) < size else 'more'}")
    return np.frombuffer(content, np.uint8).reshape(shape, order="F" if fortran else "C")


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, Any]:
    """Shape, order and type; NumPy reads them as a Python literal, at most 10,000 characters of it."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"NumPy file must be of version 1.0 or 2.0, not {version[0]}.{version[1]}")
    try:
        with warnings.catch_warnings(action="ignore"):
            return readers[version](file)
    except Exception as error:  # the parser raises several kinds
        raise ValueError(f"NumPy file must have a header as numpy.save writes it, but: {_line(error)}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _picture(path: Path, shape: Shape, invert: bool) -> Picture:
    channels, height, width = shape
    if channels not in MODES:
        raise ValueError(f"pictures are for networks of 1 or 3 channels, not {channels}; give a NumPy array")
    return picture(path, channels, (height, width), invert=invert)
