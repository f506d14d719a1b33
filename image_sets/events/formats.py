"""Formats of recordings: N-MNIST's five bytes an event, jAER's AEDAT 2, DV's AEDAT 4, and NumPy arrays."""

import io
import math
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import numpy as np

from quant.files.content import START, kind_of
from quant.kinds import Kinds

from ..pictures import Array
from .aedat4 import decoded
from .recording import Recording

Sensor = tuple[int, int]
MAX_FILE = 2**28
SENSOR: Sensor = (34, 34)  # of N-MNIST
FIELDS: Mapping[str, tuple[str, ...]] = {  # of a structured array, by the names that they go by
    "x": ("x",), "y": ("y",), "polarity": ("polarity", "p", "pol", "on"), "time": ("time", "t", "ts", "timestamp")}
AEDAT = re.compile(rb"#!AER-DAT(\d)\.\d\r?\n")
END = b"#End Of ASCII Header"  # where jAER writes it; an event may begin with # too


def _five_bytes(content: bytes, sensor: Sensor) -> Recording:
    """N-MNIST's format: x, y, then a bit of polarity and 23 bits of microseconds, the most significant first."""
    if len(content) % 5:
        raise ValueError(f"recording must have five bytes an event, not {len(content):,} bytes: it is cut short")
    events = np.frombuffer(content, np.uint8).reshape(-1, 5).astype(np.int64)
    return Recording(x=events[:, 0], y=events[:, 1], polarity=events[:, 2] >> 7, sensor=sensor,
                     time=(events[:, 2] & 127) << 16 | events[:, 3] << 8 | events[:, 4])


def _aedat(content: bytes, sensor: Sensor) -> Recording:
    found = AEDAT.match(content)
    if not found:
        raise ValueError(f"AEDAT file must begin with #!AER-DAT, not as {kind_of(content[:START])}")
    if found[1] not in AEDATS:
        raise ValueError(f"AEDAT file must be of version 2 or 4, not {found[1].decode()}; convert it to a NumPy array "
                         "of x, y, polarity and time")
    return AEDATS[found[1]](content)


def _aedat2(content: bytes) -> Recording:
    """AEDAT 2: lines of text, then address and microseconds of each event, 32 bits each, the most significant first."""
    start, line = 0, b""
    while content[start:start + 1] == b"#" and not line.startswith(END):
        line = content[start:content.find(b"\n", start) + 1 or len(content)]
        start += len(line)
    header, body = content[:start], content[start:]
    if len(body) % 8:
        raise ValueError(f"AEDAT 2 file must have eight bytes an event, not {len(body):,} bytes: it is cut short")
    camera = next((camera for name, camera in CAMERAS.items() if name in header.upper()), None)
    if camera is None:
        raise ValueError("AEDAT 2 file must say in its header that the camera is a DVS128 or a DAVIS240; convert it to "
                         "a NumPy array of x, y, polarity and time")
    return camera(*np.frombuffer(body, ">u4").reshape(-1, 2).astype(np.int64).T)


def _dvs128(address: Array, time: Array) -> Recording:
    """Of a DVS128: a polarity bit of 0 is on."""
    return _upright(address >> 1 & 127, address >> 8 & 127, 1 - (address & 1), time, (128, 128))


def _davis240(address: Array, time: Array) -> Recording:
    """Of a DAVIS240: a polarity bit of 1 is on; addresses with bit 31 or 10 are no events of pixels."""
    pixels = address & (1 << 31 | 1 << 10) == 0
    address = address[pixels]
    return _upright(address >> 12 & 1023, address >> 22 & 511, address >> 11 & 1, time[pixels], (180, 240))


def _upright(x: Array, y: Array, polarity: Array, time: Array, sensor: Sensor) -> Recording:
    """Recording of columns that are counted from the right, and rows from below."""
    return Recording(x=sensor[1] - 1 - x, y=sensor[0] - 1 - y, polarity=polarity, time=time, sensor=sensor)


CAMERAS: Mapping[bytes, Callable[[Array, Array], Recording]] = {b"DVS128": _dvs128, b"DAVIS240": _davis240}
"""Recording of addresses and times, by what the header of AEDAT 2 says."""


def _aedat4(content: bytes) -> Recording:
    sensor, events = decoded(content)
    return _array(events, sensor)


AEDATS: Mapping[bytes, Callable[[bytes], Recording]] = {b"2": _aedat2, b"4": _aedat4}
"""Reader of each version of AEDAT."""


def _array(content: bytes, sensor: Sensor) -> Recording:
    """NumPy array, structured or of the columns x, y, polarity and time."""
    array = _loaded(content)
    if array.dtype.names is None:
        if array.ndim != 2 or array.shape[1] != 4 or array.dtype.kind not in "iuf":
            raise ValueError("NumPy file must hold numbers of shape (n, 4), in the columns x, y, polarity and time, or "
                             f"a structured array, not {array.dtype} of {array.shape}")
        columns = {name: array[:, at] for at, name in enumerate(FIELDS)}
    else:
        if array.ndim != 1:
            raise ValueError(f"structured array must have one axis, not {array.ndim}")
        columns = {name: _field(array, name, known) for name, known in FIELDS.items()}
    return Recording(**columns, sensor=sensor)


def _field(array: Array, name: str, known: tuple[str, ...]) -> Array:
    names = array.dtype.names or ()
    fields = {each.lower(): each for each in names}
    given = next((fields[each] for each in known if each in fields), None)
    if given is None:
        raise ValueError(f"structured array must have a field {name} ({', '.join(known)}), not only "
                         f"{', '.join(names)!r:.100}")
    values = array[given]
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        raise ValueError(f"field {given} must hold a number an event, not {values.dtype} of {values.shape}")
    return values.astype(np.uint8) if values.dtype.kind == "b" else values


def _loaded(content: bytes) -> Array:
    """Array of a NumPy file, whose header is checked before memory is taken for it."""
    file = io.BytesIO(content)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    try:
        version = np.lib.format.read_magic(file)
        with warnings.catch_warnings(action="ignore"):
            shape, fortran, dtype = readers[version](file)
    except Exception as error:  # the parser raises several kinds
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"NumPy file must have a header as numpy.save writes it, but: {reason}") from None
    size = math.prod(shape) * dtype.itemsize
    if dtype.hasobject or len(content) - file.tell() != size:
        raise ValueError(f"NumPy file must hold {size:,} bytes of numbers for {dtype} of {shape}, not "
                         f"{len(content) - file.tell():,} bytes")
    return np.frombuffer(content, dtype, offset=file.tell()).reshape(shape, order="F" if fortran else "C")


FORMATS: Kinds[Callable[[bytes, Sensor], Recording]] = Kinds("recording, by the ending of its name,")
"""Reader of each ending."""
FORMATS.update({".bin": _five_bytes, ".bs2": _five_bytes, ".aedat": _aedat, ".aedat2": _aedat, ".aedat4": _aedat,
                ".npy": _array})


def is_recording(name: str) -> bool:
    """True if a file of this name is one; of ``.bin``, which others use too, a name of digits alone as in N-MNIST."""
    path = PurePosixPath(name.lower())
    return path.suffix in FORMATS and (path.suffix != ".bin" or path.stem.isdigit())


def recording(name: str, content: bytes, sensor: Sensor = SENSOR) -> Recording:
    """Recording of a file.

    Parameters
    ----------
    name : str
        Of the file, whose ending tells the format.
    content : bytes
    sensor : (height, width)
        Of the camera, where the format does not say it.

    Raises
    ------
    TypeError
        No format has this ending.
    ValueError
        The file is damaged, too large, or of another format; one line.
    """
    if len(content) > MAX_FILE:
        raise ValueError(f"recording must have at most {MAX_FILE:,} bytes, not {len(content):,}")
    return FORMATS[PurePosixPath(name.lower()).suffix](content, sensor)
