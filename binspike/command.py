"""Parts that all verbs share: one-line errors with an exit status, and tables for people."""

import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from quant.failure import Failure

WRONG_INPUT = (OSError, TypeError, ValueError)  # quant.ArtefactError is a ValueError
MAX_LINE = 2000


@contextmanager
def _leaving_on_termination() -> Iterator[None]:
    """Let a termination unwind as an exception, so that what is half done is cleared away and tools are stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one would break off the clearing away
        sys.exit(128 + number)
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _flushing() -> Iterator[None]:
    """Bring out what was printed while an error can still be told; a name that is no text is printed with escapes."""
    if sys.stdout is None:  # closed by the caller
        yield
        return
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            _abandon(sys.stdout)
            raise


def _abandon(stream: TextIO) -> None:
    """Let the interpreter not try again to write at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def guard(action: Callable[[], object]) -> int:
    """Run ``action`` and return the program's exit status.

    Returns
    -------
    int
        0; 1 for a `Failure`; 2 for wrong input; 130 if interrupted; 141 if nobody reads what is printed any more, as of
        any program that a closed pipe ends. An error becomes one line on standard error; a closed pipe is silent.
    """
    try:
        with _leaving_on_termination(), _flushing():
            action()
        return 0
    except BrokenPipeError:
        return 141
    except Failure as failure:
        status, message = 1, str(failure)
    except WRONG_INPUT as error:
        status, message = 2, _describe(error)
    except KeyboardInterrupt:
        status, message = 130, "interrupted"
    if sys.stderr is not None:  # closed by the caller; print would take standard output in its place
        try:
            print(f"binspike: {_line(message)}", file=sys.stderr)
        except OSError:
            _abandon(sys.stderr)
    return status


def _line(message: str) -> str:
    """The message as one line of printable characters, of a length that can be read."""
    line = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in " ".join(message.split()))
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} ..."


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as text with aligned columns, two spaces apart; columns of numbers are not treated specially."""
    rows = [tuple(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                     for row in rows)


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words: "2 scaled, 1 inverted"."""
    return ", ".join(f"{count:,} {what}" for what, count in counts.items())


def show(result: Any, rows: Iterable[tuple[str, ...]], as_json: bool) -> None:
    """Print a result for programs, or its rows for people."""
    print(json.dumps(result, indent=2) if as_json else table(rows))
