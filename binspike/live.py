"""Recordings played at their own speed: each image goes to the board when its last event has come."""

import time
from collections.abc import Callable, Iterable, Iterator

from hw.host.board import Board
from quant.serial_link.protocol import Result


def play(board: Board, images: Iterable[tuple[str, float, bytes]], *, clock: Callable[[], float] = time.monotonic,
         sleep: Callable[[float], None] = time.sleep) -> Iterator[tuple[float, str, Result]]:
    """Seconds since the beginning, name and result of each image.

    Parameters
    ----------
    board : Board
    images : iterable of (str, float, bytes)
        Name, seconds from the first event of its recording until it is complete, and pixels as of `Board.classify`.
        Where the seconds are no more than those of the image before, another recording begins.
    clock, sleep : callable
        Seconds that pass, and waiting for some.
    """
    start, begun, before = clock(), 0.0, 0.0
    for name, end, pixels in images:
        if end <= before:
            begun += before
        before = end
        if (wait := start + begun + end - clock()) > 0:
            sleep(wait)
        result = board.classify(pixels)
        yield clock() - start, name, result
