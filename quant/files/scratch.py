"""Atomic writing of files and folders: made in a hidden folder beside the target and moved there at the end.

Every file and folder that the project writes goes through here, so that an interruption, a full disk or a kill leaves
the previous state.
"""

import ctypes
import errno
import fcntl
import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SUFFIX = ".unfinished"
_LOCK, _NEW, _REPLACED = "lock", "new", "replaced"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2, Linux


@contextmanager
def beside(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Context with the path of a file or folder to make, which `land` then moves to ``target``.

    It lies in a hidden folder `.NAME.xxxxxxxx.unfinished`, which is removed at the end. A process that is killed leaves
    its own behind: the next call for the same target removes it, and restores what it had replaced. The folder of a
    living process is left alone: that holds a lock, which the system releases when the process ends.

    Raises
    ------
    OSError
        There is no folder for ``target``, or no room; the error has the name of ``target`` if it has no other, or one
        that only this function knows.
    """
    target = Path(os.path.abspath(target))
    hidden = None

    def clear() -> None:
        nonlocal hidden
        with held():
            if hidden:
                _clear(hidden, target)
                os.close(lock)
                hidden = None
    try:
        _clear_abandoned(target)
        with held():
            hidden, lock = _claim(target)
        yield hidden / _NEW
    except OSError as error:
        if error.errno is not None and (error.filename is None or SUFFIX in os.fsdecode(error.filename)):
            error.filename = str(target)
        raise
    finally:
        try:
            clear()
        finally:
            clear()  # a signal may have come before the first could hold it


def land(made: Path, target: str | os.PathLike[str]) -> None:
    """Move ``made``, the path of a `beside` context, to ``target``, in place of an older file or folder."""
    target = Path(os.path.abspath(target))
    with held():
        if target.is_dir():
            if _exchanged(made, target):
                return
            os.replace(target, made.with_name(_REPLACED))
        os.replace(made, target)


def _exchanged(one: Path, other: Path) -> bool:
    """True if two folders have changed places, in one step; False where the system has no call for it."""
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2  # Python has no function for it
    except (AttributeError, OSError):
        return False
    return bool(exchange(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to the file ``path``, whole or not at all.

    Raises
    ------
    OSError
        The file cannot be written; an older one stays.
    """
    if Path(path).is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    with beside(path) as made:
        made.write_bytes(data)
        land(made, path)


@contextmanager
def held() -> Iterator[None]:
    """Context that defers SIGINT and SIGTERM until its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {each: signal.signal(each, lambda number, _: waiting.append(number))
              for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in waiting:
            signal.raise_signal(number)


def _claim(target: Path) -> tuple[Path, int]:
    """Make a hidden folder and lock it; retry if another process took it for abandoned before it was locked."""
    while True:
        hidden = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=SUFFIX, dir=target.parent))
        lock = _locked(hidden, os.O_CREAT, fcntl.LOCK_EX)
        if lock is not None:
            return hidden, lock


def _locked(hidden: Path, create: int, how: int) -> int | None:
    """Descriptor that holds the lock of a hidden folder; None if it is gone, or another process holds the lock."""
    with suppress(FileNotFoundError, BlockingIOError):
        lock = os.open(hidden / _LOCK, os.O_RDWR | create, 0o600)
        try:
            fcntl.flock(lock, how)
            os.stat(hidden / _LOCK)
        except OSError:
            os.close(lock)
            raise
        return lock
    return None


def _clear_abandoned(target: Path) -> None:
    names = re.compile(rf"\.{re.escape(target.name)}\.\w{{8}}{re.escape(SUFFIX)}")
    for hidden in [Path(entry.path) for entry in os.scandir(target.parent) if names.fullmatch(entry.name)]:
        lock = _locked(hidden, 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if lock is not None:
            _clear(hidden, target)
            os.close(lock)
        else:
            with suppress(OSError):  # it is locked, or empty: killed before it had a lock
                hidden.rmdir()


def _clear(hidden: Path, target: Path) -> None:
    """Remove a hidden folder whose lock is held, the lock last, so that a partial removal can be continued."""
    if (hidden / _REPLACED).exists() and not os.path.lexists(target):
        os.replace(hidden / _REPLACED, target)
    for part in hidden.iterdir():
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)  # a tool that outlived its killed caller may still write there
        elif part.name != _LOCK:
            part.unlink()
    if os.listdir(hidden) == [_LOCK]:
        (hidden / _LOCK).unlink()
        with suppress(FileNotFoundError):  # another process takes an empty one for abandoned
            hidden.rmdir()
