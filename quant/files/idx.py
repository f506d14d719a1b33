"""IDX files of unsigned bytes, the format of MNIST and its relatives. Standard library only."""

import math
import zlib
from pathlib import Path

from .container import read

SPLITS = {"train": "train", "test": "t10k"}
MAX_BYTES = 2**28
_UNSIGNED_BYTE = 0x08
_GZIP = b"\x1f\x8b"
_HEADER = 20  # bytes of the longest header
_OVERHEAD = 2**16  # bytes by which a file may be larger than its content


def read_idx(path: str | Path, limit: int = MAX_BYTES) -> tuple[tuple[int, ...], bytes]:
    """Read one IDX file of unsigned bytes, plain or gzip-compressed; its content decides, not its name.

    Parameters
    ----------
    path : path
    limit : int
        Largest size of the content in bytes.

    Returns
    -------
    shape : tuple of int
        Extent of each axis, outermost first; 1 to 4 axes, each extent at least 1.
    content : bytes
        The elements in row-major order, exactly as many as ``shape`` says.

    Raises
    ------
    OSError
        The file cannot be opened or read.
    ValueError
        It is no regular file, or damaged: magic, type, axes, extents or length are wrong. At most one byte more is
        decompressed than the header announces.
    """
    try:
        data = read(path, limit + _OVERHEAD)
        if data.startswith(_GZIP):
            data = _decompressed(data, limit)
        shape, begin = _shape(data, limit)
        if len(data) != begin + math.prod(shape):
            found = "more" if len(data) > begin + math.prod(shape) else len(data) - begin
            raise ValueError(f"IDX content must be {math.prod(shape)} bytes for shape {shape}, not {found}; fetch it "
                             "again")
        return shape, data[begin:]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def read_labelled(folder: str | Path, split: str) -> tuple[tuple[int, int, int], bytes, bytes]:
    """Read images and labels of ``split`` ("train" or "test") from the four files with MNIST's names, plain or ``.gz``.

    Returns
    -------
    shape : (images, height, width)
    pixels : bytes, row-major
    labels : bytes, one an image

    Raises
    ------
    OSError
        A file is missing or unreadable.
    ValueError
        The split is unknown, a file is damaged, or images and labels do not belong together.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, not {split!r}")
    images, pixels = read_idx(_find(Path(folder), f"{SPLITS[split]}-images-idx3-ubyte"))
    items, labels = read_idx(_find(Path(folder), f"{SPLITS[split]}-labels-idx1-ubyte"))
    if len(images) != 3 or len(items) != 1 or images[0] != items[0]:
        raise ValueError(f"{split} images and labels in {folder} must be n x height x width and n, "
                         f"not {images} and {items}")
    return (images[0], images[1], images[2]), pixels, labels


def _find(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.exists():
            return path
    raise FileNotFoundError(f"{folder} must hold {name} or {name}.gz; give the data set's folder by --data")


def _decompressed(data: bytes, limit: int) -> bytes:
    """Content of a gzip file of one member; at most one byte more than the IDX header announces."""
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = stream.decompress(data, _HEADER)
        if stream.eof or len(content) == _HEADER:
            shape, begin = _shape(content, limit)
            more = max(1, begin + math.prod(shape) + 1 - len(content))
            content += stream.decompress(stream.unconsumed_tail, more)
            if stream.eof and not stream.unused_data or len(content) > begin + math.prod(shape):
                return content
        ending = "data follow its end" if stream.eof else "it ends early"
    except zlib.error as error:
        ending = str(error)
    raise ValueError(f"file must be a whole gzip file, not a damaged one ({ending}); fetch it again")


def _shape(data: bytes, limit: int) -> tuple[tuple[int, ...], int]:
    """Extents, and offset of the content."""
    magic = data[:4]
    if len(magic) != 4 or magic[:2] != b"\0\0" or magic[2] != _UNSIGNED_BYTE or not 1 <= magic[3] <= 4:
        raise ValueError(f"IDX magic must be 00 00 08 and 1 to 4 axes, not {magic.hex(' ') or 'an empty file'}")
    extents = data[4:4 + 4 * magic[3]]
    if len(extents) != 4 * magic[3]:
        raise ValueError(f"IDX header must hold {magic[3]} extents, not end after {len(extents)} bytes")
    shape = tuple(int.from_bytes(extents[i:i + 4], "big") for i in range(0, len(extents), 4))
    if min(shape) < 1 or math.prod(shape) > limit:
        raise ValueError(f"IDX extents must be at least 1 and at most {limit} together, not {shape}")
    return shape, 4 + len(extents)
