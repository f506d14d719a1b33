"""Trees of pictures in a compressed tar archive, read without unpacking it anywhere."""

import gzip
import hashlib
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, ClassVar

import numpy as np

from quant.files import cache, scratch
from quant.files.container import refusal
from quant.files.content import START, kind_of

from .dataset import SPLITS, Labelled
from .tree import Entry, Parts, Tree, is_clutter, is_picture

MAX_CONTENT = 2**28
MAGIC: dict[bytes, Any] = {b"\xfd7zXZ\0": lzma.open, b"\x1f\x8b": gzip.open}
DAMAGE = (tarfile.TarError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, EOFError, OverflowError)
ENDINGS = (".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".zip", ".7z", ".rar")
CACHED = 2  # to be raised when other arrays come out of the same archive


class _Bounded:
    """File of which no more than a limit is read, so that a small archive cannot fill the memory."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._limit, self._left = file, limit, limit

    def read(self, size: int = 2**16) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(f"archive must hold at most {self._limit:,} bytes")
        return data


def members(path: Path, limit: int = MAX_CONTENT) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in an archive, ``.tar.xz`` or ``.tar.gz`` as its first bytes say.

    Parameters
    ----------
    limit : int
        Largest size in bytes, uncompressed, of the archive and of one file.

    Raises
    ------
    OSError
        The archive cannot be opened.
    ValueError
        It is damaged or too large, or holds anything but files and folders: a link, a device.
    """
    with path.open("rb") as file:
        start = file.read(START)
    openers = [opener for magic, opener in MAGIC.items() if start.startswith(magic)]
    if not openers:
        raise ValueError(f"archive must be .tar.xz or .tar.gz, not {kind_of(start)}; unpack it into a folder")
    try:
        with closing(openers[0](path)) as opened:
            content = _Bounded(opened, limit)
            with tarfile.open(fileobj=content, mode="r|") as tar:  # type: ignore[call-overload]
                yield from _files(tar, limit)
            while content.read():  # to the end, where the checksum is
                pass
    except DAMAGE as error:
        raise ValueError(f"archive must be whole, but: {error!s:.100}; fetch it again") from None


def _files(tar: tarfile.TarFile, limit: int) -> Iterator[tuple[str, bytes]]:
    while (each := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined] # else each is kept
        if each.isdir():
            continue
        if each.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise ValueError(f"archive must hold files and folders alone, not the link or device {each.name!r:.80}")
        if not 0 <= each.size <= limit:
            raise ValueError(f"archive must hold at most {limit:,} bytes, not {each.size:,} of {each.name!r:.80}")
        opened = tar.extractfile(each)
        assert opened is not None
        yield each.name, opened.read()


@dataclass(frozen=True, kw_only=True)
class Archive(Tree):
    """Tree of pictures in one ``.tar.xz`` or ``.tar.gz``; decoded once, then taken from the user's cache folder."""

    kind: ClassVar[str] = "archive"

    def read_place(self, place: Path, split: str) -> Labelled:
        """Images of a split from the cache, whose key is the SHA-256 of the archive; written whole or not at all."""
        kept = cache.folder("image_sets") / self._key(place)
        if not kept.is_dir():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with refusal(place):
                found = self._classes(self.entries(place))
                splits = {each: self._split(found, each) for each in SPLITS}
            with scratch.beside(kept) as made:
                made.mkdir()
                for each, (classes, chosen) in splits.items():
                    _keep(self._decoded(classes, chosen), made / f"{each}.npz")
                scratch.land(made, kept)
        return _kept(kept / f"{split}.npz")

    def _key(self, place: Path) -> str:
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        options = {key: value for key, value in self.describe().items() if key != "path"}
        return hashlib.sha256(json.dumps([CACHED, digest, options], sort_keys=True).encode()).hexdigest()[:32]

    def entries(self, place: Path) -> Iterator[Entry]:
        """Pictures in the archive, each as the bytes of its file; without a folder around all that is in it."""
        found = [(parts, io.BytesIO(content)) for name, content in members(place) if _is_picture(
            parts := PurePosixPath(name).parts)]
        around = len({parts[0] for parts, _ in found}) == 1 and all(len(parts) > 2 for parts, _ in found)
        if around and found[0][0][0].lower() not in (*SPLITS, "/", ".."):
            found = [(parts[1:], content) for parts, content in found]
        yield from found

    @classmethod
    def holds(cls, place: Path) -> bool:
        """True if ``place`` is a file whose name is that of an archive, also of one that is then refused by name."""
        return place.is_file() and place.name.lower().endswith(ENDINGS)


def _is_picture(parts: Parts) -> bool:
    hidden = any(is_clutter(part) for part in parts[:-1] if part != "..")
    return bool(parts) and not hidden and is_picture(parts)


def _keep(found: Labelled, path: Path) -> None:
    np.savez(path, pixels=found.pixels, labels=found.labels, class_names=np.array(found.class_names),
             changes=np.array(list(found.changes), str), counts=np.array(list(found.changes.values()), int))


def _kept(path: Path) -> Labelled:
    """Images that `_keep` wrote; the format has checksums."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return Labelled(pixels=file["pixels"], labels=file["labels"],
                            class_names=tuple(file["class_names"].tolist()),
                            changes=dict(zip(file["changes"].tolist(), file["counts"].tolist(), strict=True)))
    except (zipfile.BadZipFile, KeyError, EOFError, ValueError) as error:
        raise ValueError(f"{path.parent}: cache must be whole; remove this folder, it is made again") from error
