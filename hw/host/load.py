"""Another network into a board over its serial link; `quant.serial_link.reload` has its bytes."""

from collections.abc import Callable, Sequence
from typing import Any

from quant.serial_link.protocol import LOADED, MAX_COUNT, Request

from .board import Board
from .serial_port import BoardError

CYCLES = 16  # of a byte, at most


def load(board: Board, payloads: Sequence[bytes], progress: Callable[[int], Any] = lambda count: None) -> None:
    """Give the board another network, whose identity it then has.

    Parameters
    ----------
    payloads : sequence of bytes
        As by `quant.serial_link.reload.blocks`.
    progress : callable
        Called with the bytes of each.

    Raises
    ------
    BoardError
        As by `Board.classify_all`; or the board did not get what was sent. It then holds no valid network.
    """
    valid, board.transport.window = 0, 1  # each block must follow the one before
    for place, payload in enumerate(payloads, 1):
        response = next(board.ask([(Request.LOAD, payload)], len(payload), CYCLES * len(payload)))
        due, valid = board.fields(LOADED, response)
        if due != place & MAX_COUNT:
            raise BoardError(f"{board.place} waits for block {due}, not {place}, of the network; does another program "
                             "use the port? Load it again")
        progress(len(payload))
    if not valid:
        raise BoardError(f"{board.place} got a network with a wrong CRC; load it again")
    board.transport.window, board.network = board.identity.slots, None
    board.identity = board.identify()
