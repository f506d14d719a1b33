import os
import re
from dataclasses import replace

import pytest

from hw.host.board import Board, BoardError, Count, SelfTest
from hw.host.serial_port import POLL_SECONDS
from quant.files.artefact import network_digest
from quant.serial_link.protocol import COUNT, MAX_CYCLES, Deframer, Identity, Reply, Request, frame
from tests.helpers.serial_link.peer import NETWORK, OTHER, PATIENCE, Peer, SimulatedPort, device, expected, images, seen

SENT = images(30)


class Faked:
    """Device with some responses replaced: ``fake`` takes the body of a request, gives that of a response or None."""

    def __init__(self, fake):
        self.fake, self.model, self.deframer = fake, device(), Deframer(1000)

    def feed(self, data):
        out = b""
        for body in self.deframer.feed(data):
            other = self.fake(body)
            out += self.model.feed(frame(body)) if other is None else frame(other)
        return out


def identity_with(**fields):
    """A device that is another than it says."""
    def fake(body):
        if body[0] == Request.IDENTIFY:
            return bytes([Reply.IDENTITY, body[1]]) + replace(device().contents.identity, **fields).pack()
        return None
    return Faked(fake)


def refuse(feed, message, network=NETWORK, timeout=0.3):
    """Nothing but this one line comes of connecting, in little more than the timeout."""
    port = SimulatedPort(feed)
    with pytest.raises(BoardError, match=f"^{re.escape(message)}$"):
        Board(port, network, timeout=timeout)
    assert port.now <= timeout + 2 * POLL_SECONDS


def test_the_board_says_what_it_is():
    model = device(slots=3, made_by="0.1.0")
    with Board(SimulatedPort(model.feed)) as board:
        assert board.identity == model.contents.identity


def test_images_are_classified_through_a_terminal():
    with Peer(device().feed) as peer, Board(peer.name, NETWORK, timeout=PATIENCE) as board:
        assert seen([board.classify(SENT[0])]) == expected(SENT[:1])
        assert seen(board.classify_all(SENT)) == expected(SENT)


@pytest.mark.parametrize("slots", [1, 2, 3, 4])
def test_images_are_classified_in_order_and_as_many_at_a_time_as_the_board_holds(slots):
    model, requests = device(slots=slots), Deframer(1000)
    counts, waiting, held = [], [], []

    def feed(data):
        """Respond once all is there that the board can hold."""
        waiting.extend(requests.feed(data))
        held.append(len(waiting))
        if len(waiting) < min(slots, feed.left):
            return b""
        feed.left -= len(waiting)
        responses = b"".join(model.feed(frame(body)) for body in waiting)
        waiting.clear()
        return responses

    feed.left = 0
    port = SimulatedPort(feed)
    with Board(port, NETWORK) as board:
        feed.left = len(SENT)
        assert seen(board.classify_all(SENT, counts.append, together=1)) == expected(SENT)
        assert board.transport.lost == 0
    assert (max(held), counts, port.now) == (slots, [1] * len(SENT), 0)


@pytest.mark.parametrize("together", [1, 2, 3, 255])
def test_images_go_in_one_request_as_they_fit(together):
    model, sizes = device(), []

    def feed(data):
        sizes.extend(body[2] for body in Deframer(1000).feed(data) if body[0] == Request.CLASSIFY)
        return model.feed(data)
    dark = [bytes(16)] * 300
    with Board(SimulatedPort(feed), NETWORK) as board:
        for sent in (SENT, dark, SENT[:1]):
            results = list(board.classify_all(sent, together=together))
            assert seen(results) == expected(sent)
            assert (results[0].cycles > 0) == (sizes[0] == 1)
            assert sum(sizes) == len(sent)
            assert max(sizes) <= together
            assert sent is not dark or max(sizes) == min(together, board.identity.capacity)
            sizes.clear()


@pytest.mark.parametrize("together", [0, 256])
def test_wrong_number_of_images_together(together):
    with Board(SimulatedPort(device().feed)) as board, pytest.raises(
            ValueError, match=f"^number of images together must be in 1..255, not {together}$"):
        list(board.classify_all(SENT, together=together))


def test_self_test_and_count():
    with Board(SimulatedPort(device().feed), NETWORK) as board:
        assert board.self_test() == SelfTest(3, 0)
        got = board.count(9)
        assert got == Count(9, 0, got.cycles, 9 * 12e6 / got.cycles)


def test_count_takes_about_a_second_of_images():
    asked = []

    def fake(body):
        if body[0] == Request.COUNT:
            asked.append(int.from_bytes(body[2:], "little"))
            return bytes([Reply.COUNT, body[1]]) + COUNT.pack(asked[-1], 0, asked[-1] * 1000)
        return None
    with Board(SimulatedPort(Faked(fake).feed), NETWORK) as board:
        board.count()
        assert asked == [round(12e6 / board.identity.initiation_interval)]


@pytest.mark.parametrize("images", [0, 65536])
def test_count_wrong_images(images):
    with Board(SimulatedPort(device().feed)) as board, pytest.raises(
            ValueError, match=f"^number of images to count must be in 1..65535, not {images}$"):
        board.count(images)


def test_count_keeps_the_cycles_below_their_end():
    with Board(SimulatedPort(identity_with(initiation_interval=2**28).feed)) as board, pytest.raises(
            ValueError, match="^number of images to count must be in 1..1, not 2$"):
        board.count(2)


@pytest.mark.parametrize(("run", "cycles"), [(8, 900), (9, MAX_CYCLES), (9, 0)])
def test_a_count_that_cannot_be_is_refused(run, cycles):
    def fake(body):
        return bytes([Reply.COUNT, body[1]]) + COUNT.pack(run, 0, cycles) if body[0] == Request.COUNT else None
    with Board(SimulatedPort(Faked(fake).feed)) as board, pytest.raises(BoardError, match=re.escape(
            f"must count the cycles of 9 images, but counted {cycles} of {run}; flash it again")):
        board.count(9)


@pytest.mark.parametrize("ask", [Board.self_test, Board.count])
def test_a_board_without_vectors_says_so(ask):
    with Board(SimulatedPort(device(vectors=()).feed)) as board, pytest.raises(
            BoardError, match="stores no test vectors; build its bitstream with some$"):
        ask(board)


def test_another_network_is_refused_with_both_digests():
    refuse(device(OTHER).feed, f"board at test holds network {network_digest(OTHER)[:16]}, not "
           f"{network_digest(NETWORK)[:16]}; flash the bitstream of that network, or name the one that the board holds")


def test_another_shape_is_refused():
    refuse(identity_with(steps=7).feed, "board at test must have channels, height, width, classes and ticks "
           "(1, 4, 4, 3, 6), not (1, 4, 4, 3, 7); flash it again")


def test_another_version_is_refused():
    refuse(identity_with(version=1).feed, "board at test does not speak this version of the protocol: protocol "
           "version must be 2, not 1; build and flash its bitstream with this version of binspike")


@pytest.mark.parametrize("field", ["slots", "initiation_interval", "clock_hz"])
def test_an_identity_that_cannot_be_is_refused(field):
    with pytest.raises(BoardError, match=r"has an identity that no board can have: .*; flash it again$"):
        Board(SimulatedPort(identity_with(**{field: 0}).feed))


def test_a_silent_board_says_what_to_check():
    refuse(lambda data: b"", "board at test is silent for 0.3 s; check its power, the port, --baud, and that it "
           "holds a bitstream of binspike")


@pytest.mark.parametrize("said", [b"U", b"Hello, world!\r\n~~", bytes(100)])
def test_a_board_that_speaks_something_else_says_so(said):
    refuse(lambda data: said, "board at test sends bytes, but no frame of binspike; check --baud and the bitstream")


def test_a_board_that_is_given_another_bitstream_meanwhile():
    feeds = [device().feed]
    with Board(SimulatedPort(lambda data: feeds[-1](data)), NETWORK) as board:
        feeds.append(Faked(lambda body: bytes([Reply.ERROR, body[1], 2])).feed)
        with pytest.raises(BoardError, match="refused CLASSIFY: a frame has the wrong length; was it given another "
                                             "bitstream meanwhile[?]$"):
            board.classify(SENT[0])


@pytest.mark.parametrize("payload", [b"", bytes(7), bytes(16), b"\3" + bytes(19), b"\0\0\7" + bytes(17)])
def test_a_result_that_cannot_be_is_refused(payload):
    def fake(body):
        return bytes([Reply.RESULT, body[1]]) + payload if body[0] == Request.CLASSIFY else None
    with Board(SimulatedPort(Faked(fake).feed), NETWORK) as board, pytest.raises(
            BoardError, match="flash it again$"):
        board.classify(SENT[0])


def test_classify_wrong_length():
    with Board(SimulatedPort(device().feed)) as board:
        with pytest.raises(ValueError, match="^image must have 16 bytes, not 5$"):
            board.classify(bytes(5))
        assert seen([board.classify(SENT[0])]) == expected(SENT[:1])


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_board_wrong_timeout(timeout):
    with pytest.raises(ValueError, match=f"^timeout must be more than 0 s, not {timeout}$"):
        Board("loop://", timeout=timeout)


def test_a_port_is_given_back():
    with Peer(device().feed) as peer:
        for _ in range(2):
            with Board(peer.name, timeout=PATIENCE):
                pass
        before = len(os.listdir("/proc/self/fd"))
        kept = []  # with what they refer to
        for _ in range(3):
            with pytest.raises(BoardError) as caught:
                Board(peer.name, OTHER, timeout=PATIENCE)
            kept.append(caught)
        assert len(os.listdir("/proc/self/fd")) == before


def test_identity_is_of_the_protocol():
    assert Identity.unpack(device().contents.identity.pack()) == device().contents.identity
