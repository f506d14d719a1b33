"""Bounds of an HDF5 file from outside, checked before anything reads its values."""

import os
from contextlib import contextmanager
from typing import Any

from quant.files.container import read

MAX_FILE = 2**28
MAX_OBJECTS = 4096
MAX_DEPTH = 12
MAX_BYTES = 2**28  # of all values together, unpacked
MAX_AXES = 8


class Refused(ValueError):
    """The file is whole, and has what none may have."""


def check(path: str | os.PathLike[str]) -> None:
    """Refuse a file that is no plain tree of numbers and texts of modest size.

    Raises
    ------
    ValueError
        It is no HDF5 file, or too large, unpacked too; has links to elsewhere, groups inside themselves, or values of
        other kinds.
    OSError
        It cannot be opened.
    """
    import h5py

    start = read(path, MAX_FILE)[:8]
    if start != b"\x89HDF\r\n\x1a\n":
        raise ValueError("file must be a NIR graph, an HDF5 file, and does not begin as one")
    with _readable(), h5py.File(path, "r") as file:
        _Tree().visit(file, 0)


@contextmanager
def _readable() -> Any:
    """Errors of the HDF5 library as one."""
    try:
        yield
    except Exception as error:  # the library raises whatever a damaged byte leads to
        if isinstance(error, Refused):
            raise
        raise ValueError(f"HDF5 file is damaged: {' '.join(str(error).split())[:160]}") from None


class _Tree:
    """What was seen of a file so far."""

    def __init__(self) -> None:
        self.seen: set[Any] = set()
        self.bytes = 0

    def visit(self, group: Any, depth: int) -> None:
        """Check what is in a group."""
        import h5py

        if depth > MAX_DEPTH:
            raise Refused(f"groups must lie at most {MAX_DEPTH} deep")
        for name in group:
            where = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise Refused(f"{where!r:.80} must lie in the file, not be a link")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in self.seen or len(self.seen) >= MAX_OBJECTS:
                raise Refused(f"{where!r:.80} must be in one place, and there must be at most {MAX_OBJECTS} objects")
            self.seen.add(address)
            if isinstance(item, h5py.Group):
                self.visit(item, depth + 1)
            else:
                self._values(where, item)

    def _values(self, where: str, item: Any) -> None:
        import h5py

        if not isinstance(item, h5py.Dataset) or item.is_virtual or item.external or item.shape is None:
            raise Refused(f"{where!r:.80} must be numbers or text that lie in the file")
        text = h5py.check_string_dtype(item.dtype) is not None
        if not text and item.dtype.kind not in "biuf" or item.ndim > MAX_AXES:
            raise Refused(f"{where!r:.80} must be numbers or text, not {item.dtype!s:.40} of {item.ndim} axes")
        self.bytes += int(item.size) * max(item.dtype.itemsize, 16 if text else 1)
        if self.bytes > MAX_BYTES:
            raise Refused(f"values must have at most {MAX_BYTES} bytes together; {where!r:.80} has shape "
                             f"{item.shape!s:.60}")
