import os
import re
import struct
import threading
import tty

import pytest

from hw.host import Board, BoardError, Result
from quant import Dense, Flatten, Network, SingleSpike

NETWORK = Network(input_shape=(1, 2, 3), steps=4, layers=(
    Flatten(), Dense(weights=[[1] * 6, [-1] * 6], neurons=SingleSpike(threshold=(3, 3)))))
IMAGE = bytes(range(6))


@pytest.fixture
def peer():
    """A pseudo terminal in raw mode: name of its port, and a function that answers ``count`` bytes with others."""
    board, port = os.openpty()
    tty.setraw(port)
    threads = []

    def answer(count, data):
        def run():
            got = b""
            while len(got) < count:
                got += os.read(board, count - len(got))
            os.write(board, data)
            answered.append(got)
        answered = []
        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return answered

    yield os.ttyname(port), answer
    for thread in threads:
        thread.join(5)
    os.close(board)
    os.close(port)


def test_an_image_is_sent_and_its_answer_read(peer):
    port, answer = peer
    got = answer(6, struct.pack("<HHii", 1, 3, -7, 2**31 - 1))
    with Board(port, NETWORK) as board:
        assert board.classify(IMAGE) == Result(class_index=1, tick=3, potentials=(-7, 2**31 - 1))
    assert got == [IMAGE]


def test_what_came_before_the_image_is_ignored(peer):
    port, answer = peer
    with Board(port, NETWORK) as board:
        answer(0, b"stale")
        threading.Event().wait(0.05)
        answer(6, struct.pack("<HHii", 0, 4, 1, 1))
        assert board.classify(IMAGE) == Result(class_index=0, tick=4, potentials=(1, 1))


def test_a_missing_answer_is_one_clear_line(peer):
    port, answer = peer
    answer(6, b"\x00\x00\x00")
    with Board(port, NETWORK, timeout=0.3) as board, pytest.raises(BoardError, match=re.escape(
            f"Board at {port} answered 3 of 12 bytes in 0.3 s; it must hold a bitstream of this network, "
            "built for 1000000 baud")):
        board.classify(IMAGE)


@pytest.mark.parametrize(("class_index", "tick"), [(2, 0), (0, 5)])
def test_an_answer_of_another_network_is_refused(peer, class_index, tick):
    port, answer = peer
    answer(6, struct.pack("<HHii", class_index, tick, 0, 0))
    with Board(port, NETWORK) as board, pytest.raises(BoardError, match=re.escape(
            f"Board at {port} answered class {class_index} at tick {tick} from a network with 2 classes and 4 ticks; "
            "it must hold a bitstream of this network")):
        board.classify(IMAGE)


def test_classify_wrong_length(peer):
    with Board(peer[0], NETWORK) as board, pytest.raises(ValueError, match="^Image must have 6 bytes, not 5$"):
        board.classify(IMAGE[:5])


def test_a_port_that_is_not_there():
    with pytest.raises(BoardError, match="^Port /dev/nowhere cannot be opened: "):
        Board("/dev/nowhere", NETWORK)


@pytest.mark.parametrize("timeout", [0.25, float("inf")])
def test_board_wrong_timeout(timeout):
    with pytest.raises(ValueError, match=f"^Timeout must be more than 0.25 s, not {timeout}$"):
        Board("loop://", NETWORK, timeout=timeout)
