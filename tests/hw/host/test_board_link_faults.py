"""Faults of the serial link, as the host driver meets them."""

import re

import pytest

from hw.host.board import Board, BoardError, SelfTest
from hw.host.serial_port import POLL_SECONDS
from quant.serial_link.protocol import frame
from tests.helpers.serial_link.peer import (
    NETWORK,
    PATIENCE,
    Noise,
    Peer,
    SimulatedPort,
    device,
    expected,
    images,
    packed,
    seen,
)

SENT = images(30)


def connected(feed, *, timeout=0.4, retries=8, **faults):
    return Board(SimulatedPort(feed, **faults), NETWORK, timeout=timeout, retries=retries)


def test_an_endless_stream_of_bytes_does_not_put_the_deadline_off():
    port = SimulatedPort(lambda data: b"U" * 600, drip=0.001)
    with pytest.raises(BoardError, match="sends bytes, but no frame of binspike"):
        Board(port, timeout=0.3)
    assert 0.3 < port.now < 0.3 + 2 * POLL_SECONDS


def test_a_board_that_falls_silent():
    model = device()

    def feed(data):
        feed.calls += 1
        return model.feed(data) if feed.calls < 5 else b""
    feed.calls = 0
    with connected(feed, timeout=0.3) as board, pytest.raises(BoardError, match=r"is silent for 0.3 s"):
        list(board.classify_all(SENT))


@pytest.mark.parametrize("after", [1, 100, 260, 400])
def test_a_board_that_is_pulled_out(after):
    with (Peer(device().feed, hang_up_after=after) as peer, pytest.raises(BoardError, match=re.escape(
            f"port {peer.name} has gone: was the board pulled out? (")),
            Board(peer.name, NETWORK, timeout=PATIENCE) as board):
        list(board.classify_all(SENT))


@pytest.mark.parametrize(("there", "back"), [(400, 10**9), (10**9, 200), (300, 300), (100, 100)])
@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_link_changes_no_result(there, back, seed):
    with connected(device().feed, there=Noise(there, seed), back=Noise(back, seed + 100), timeout=5,
                   retries=20) as board:
        assert seen(board.classify_all(SENT)) == expected(SENT)
        assert board.transport.lost > 0


def test_a_link_that_is_too_noisy_says_how_noisy_it_is():
    noise = Noise(10**9)
    with connected(device().feed, there=noise, timeout=5) as board:
        noise.rarity = 8
        with pytest.raises(BoardError, match=r"^serial link to board at \S+ is too noisy: \d+ of \d+ requests had to "
                                             "be sent again; try a shorter cable or a lower --baud$"):
            list(board.classify_all(SENT))


def test_garbage_before_the_first_response_is_ignored():
    with connected(device().feed, greeting=b"garbage\x7d\x7e" + frame(b"\x82\x05stale")[:-3]) as board:
        assert seen(board.classify_all(SENT)) == expected(SENT)


@pytest.mark.parametrize("left", [frame(bytes([2, 1]) + packed(SENT[0]))[:9], b"\x7e\x02\x01\x7d", b"\x7e" * 5,
                                  b"\x7e\x02"])
def test_a_frame_that_a_killed_host_left_behind_is_ignored(left):
    model = device()
    model.feed(left)
    with connected(model.feed) as board:
        assert seen(board.classify_all(SENT)) == expected(SENT)


def test_responses_to_an_earlier_host_are_ignored():
    model = device()
    first = [model.feed(b"".join(frame(bytes([2, tag]) + packed(SENT[-1])) for tag in range(256)))]
    with connected(lambda data: (first.pop() if first else b"") + model.feed(data)) as board:
        assert seen(board.classify_all(SENT[:3])) == expected(SENT[:3])


def test_results_that_were_not_asked_for_to_the_end_do_not_disturb():
    with connected(device().feed) as board:
        assert seen([next(board.classify_all(SENT))]) == expected(SENT[:1])
        assert board.self_test() == SelfTest(3, 0)
        assert seen(board.classify_all(SENT)) == expected(SENT)


def test_a_slow_drip_of_bytes_is_waited_for():
    with connected(device().feed, drip=0.0005) as board:
        assert seen(board.classify_all(SENT[:5])) == expected(SENT[:5])
