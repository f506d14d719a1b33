"""Download of known data sets: checked, resumed, and whole or not at all."""

import fcntl
import os
import shutil
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

    They come into a hidden folder ``.PLACE.part`` beside the place, and get there when all are whole: a folder of the
    data set's name holds the data set. What came before a connection broke stays in the hidden folder; the next call
    goes on from there. No file is taken before its checksum is right.

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
        The data set is not published, or another process is fetching it.
    """
    if not known.downloads:
        raise ValueError(f"data set to download must be one that is published, not {known.name}")
    place = folder / known.places[0].path
    parts = place.with_name(f".{place.name}.part")
    place.parent.mkdir(parents=True, exist_ok=True)
    with _alone(place):
        for each in known.downloads:
            there = place.is_dir() if _packed(each) else _right(place, each)
            if not there and not _right(parts, each):
                parts.mkdir(exist_ok=True)
                _fetch(known, each, parts / f".{each.file}", progress)
                os.replace(parts / f".{each.file}", parts / each.file)
            yield each.file, "was there" if there else "fetched"
        if parts.exists():
            _land(known, parts, place)


def _packed(each: Download) -> bool:
    """True for an archive, of which the data set's folder is unpacked."""
    return each.file.endswith(".tar.gz")


def _land(known: Known, parts: Path, place: Path) -> None:
    """Move what was fetched to ``place``: in one step if it is not there yet."""
    for each in known.downloads:
        if _packed(each) and not place.exists():
            _unpack(parts / each.file, place)
        elif place.exists() and (parts / each.file).exists() and not _packed(each):
            os.replace(parts / each.file, place / each.file)
    if place.exists():
        shutil.rmtree(parts)
    else:
        os.replace(parts, place)


def _right(place: Path, each: Download) -> bool:
    return any(path.is_file() and digest(path, each.digest) == each.digest
               for path in (place / each.file, place / each.file.removesuffix(".gz")))


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Context in which no other process fetches the data set at ``place``."""
    lock = place.with_name(f".{place.name}.lock")
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"{place}: another process is fetching it; wait for it") from None
        try:
            yield
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
