"""What the commands share: one-line errors with an exit status, and tables for people."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

WRONG_INPUT = (OSError, TypeError, ValueError)  # quant.ArtefactError is a ValueError


class Failure(Exception):
    """Something well asked for that could not be done; the message is one line. Exit status 1."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        """Raise what `guard` turns into a line.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(f"{message}; see {self.prog} --help")


@contextmanager
def _leaving_on_termination() -> Iterator[None]:
    """Let a termination unwind as an exception, so that what is half done is cleared away and tools are stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def guard(action: Callable[[], object]) -> int:
    """Run ``action`` and return the program's exit status: 0, 1 for a `Failure`, 2 for wrong input, 130 if interrupted.

    An error becomes one line on standard error.
    """
    try:
        with _leaving_on_termination():
            action()
        return 0
    except Failure as failure:
        status, message = 1, str(failure)
    except WRONG_INPUT as error:
        status, message = 2, _describe(error)
    except KeyboardInterrupt:
        status, message = 130, "interrupted"
    print(f"binspike: {' '.join(message.split())}", file=sys.stderr)
    return status


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as text with aligned columns, two spaces apart; columns of numbers are not treated specially."""
    rows = [tuple(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                     for row in rows)
