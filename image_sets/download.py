"""Download of known data sets: checked, resumed, and whole or not at all."""

import fcntl
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO, Any

from quant.failure import Failure
from quant.files import scratch

from .archive import members
from .known import Download, Known, digest

TIMEOUT = 30  # seconds that a server may be silent
CHUNK = 2**16
HEADERS = {"User-Agent": "binspike", "Accept-Encoding": "identity"}

Progress = Callable[[str, int, int | None], object]  # file, bytes received, size in bytes if that is known


class DownloadError(Failure):
    """No mirror gave the file; the message is one line."""


def fetch(known: Known, folder: Path, progress: Progress = lambda *_: None) -> Iterator[tuple[str, str]]:
    """Download the missing files of a data set, to the place in the data folder where `Known.read` finds them.

    The part of a file that came before a connection broke is kept beside its place as ``.part.NAME``; the next call
    goes on from there. No file is put in its place before its checksum is right, and no archive is unpacked.

    Parameters
    ----------
    progress : callable
        Called as the bytes come.

    Yields
    ------
    tuple of str
        A file's name, and "fetched" or "was there".

    Raises
    ------
    DownloadError
        No mirror has the right file.
    OSError
        A file cannot be written.
    ValueError
        The data set is not published, or another process is fetching the same file.
    """
    if not known.downloads:
        raise ValueError(f"data set to download must be one that is published, not {known.name}")
    place = folder / known.places[0].path
    place.parent.mkdir(parents=True, exist_ok=True)
    for each in known.downloads:
        unpacked = each.file.endswith(".tar.gz")
        if place.is_dir() if unpacked else _right(place, each):
            yield each.file, "was there"
            continue
        if not unpacked:
            place.mkdir(exist_ok=True)
        with _part(place.parent if unpacked else place, each.file) as part:
            _fetch(known, each, part, progress)
            if unpacked:
                _unpack(part, place)
                part.unlink()
            else:
                os.replace(part, place / each.file)
        yield each.file, "fetched"


def _right(place: Path, each: Download) -> bool:
    return any(path.is_file() and digest(path, each.digest) == each.digest
               for path in (place / each.file, place / each.file.removesuffix(".gz")))


@contextmanager
def _part(folder: Path, name: str) -> Iterator[Path]:
    """Context with the path of a partial file; no other process writes there meanwhile."""
    lock = folder / f".lock.{name}"
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{folder / name}: another process is fetching it; wait for it") from None
        try:
            yield folder / f".part.{name}"
        finally:
            lock.unlink()


def _fetch(known: Known, each: Download, part: Path, progress: Progress) -> None:
    """Fill ``part`` from the first mirror that has the right content."""
    reasons = []
    for address in [mirror + each.file for mirror in known.mirrors for _ in range(2)]:
        resumed = part.exists()
        try:
            _transfer(address, each, part, progress)
            if digest(part, each.digest) == each.digest:
                return
            part.unlink()
            if not resumed:  # else what was there may have been no beginning of it
                reasons.append(f"{address}: what is there must have {each.digest}")
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError, EOFError) as error:
            reasons.append(f"{address}: {getattr(error, 'reason', None) or error}")
    raise DownloadError(f"{each.file} could not be fetched; {'; '.join(dict.fromkeys(reasons))}")


def _transfer(address: str, each: Download, part: Path, progress: Progress) -> None:
    """Append the missing bytes to ``part``, or write it anew if the server cannot resume."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers=HEADERS | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            if response.status != 206 or not (response.headers["Content-Range"] or "").startswith(f"bytes {have}-"):
                have = 0
            with part.open("ab" if have else "wb") as file:
                _copy(response, file, have, each, progress)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # what is there is all that there is
            raise


def _copy(response: Any, file: IO[bytes], have: int, each: Download, progress: Progress) -> None:
    """Copy at most one chunk more than the size of the file.

    Raises
    ------
    EOFError
        Fewer bytes came than were announced.
    """
    announced = response.headers["Content-Length"]
    whole = have + int(announced) if announced and announced.isdecimal() else None
    while have <= each.size and (data := response.read(CHUNK)):
        file.write(data)
        have += len(data)
        progress(each.file, have, whole)
    if whole is not None and have < whole and have <= each.size:
        raise EOFError(f"the connection ended after {have:,} of {whole:,} bytes; call again to go on")


def _unpack(archive: Path, place: Path) -> None:
    """Write the files of an archive's one folder into the folder ``place``, by their last names alone."""
    with scratch.beside(place) as made:
        made.mkdir()
        for name, content in members(archive):
            (made / PurePosixPath(name).name).write_bytes(content)
        scratch.land(made, place)
