"""A second network of the same shape, loaded over the pins of a board's compiled design."""

import pytest

from hw.serial_link.uart import MIN_CYCLES
from quant.dataflow.folding import copied
from quant.serial_link.protocol import LOADED, NO_NETWORK, Deframer, Error, Reply, Request, frame
from sim.compiled.board_model import Device
from sim.compiled.serial_link import play
from tests.helpers.serial_link.endpoint_bench import classify, images
from tests.helpers.serial_link.reloaded import (
    FOLDING,
    PIXELS,
    TAG,
    held,
    network,
    program,
    requests,
)

FIRST, SECOND = network(1), network(2)
BOARD = held(FIRST)
SENT = images(6, PIXELS)
ASKED = [bytes([Request.IDENTIFY, 1]), bytes([Request.SELF_TEST, 2]), bytes([Request.COUNT, 3, 5, 0]),
         *(classify(image, tag, FIRST) for tag, image in enumerate(SENT))]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def design(tmp_path_factory):
    return program(tmp_path_factory.mktemp("reload"), FIRST)


def answers(given, folding=FOLDING):
    """What a board that holds a network says to all that is asked."""
    return Device(given, folding, held(given, folding)).feed(b"".join(map(frame, ASKED)))


def replay(design, *bodies):
    """Responses of the design, each request sent once the one before has its response."""
    return play(design, b"".join(map(frame, bodies)), length=MIN_CYCLES, window=1).output


def loaded(due, valid=False):
    return frame(bytes([Reply.LOAD, TAG]) + LOADED.pack(due, valid))


def taken(count, whole):
    """Responses to the first blocks of a load."""
    return b"".join(loaded(place + 1, whole and place + 1 == count) for place in range(count))


def test_a_loaded_network_gives_its_own_results_vectors_and_digest(design):
    assert answers(FIRST) != answers(SECOND)
    there, back = requests(SECOND, BOARD), requests(FIRST, BOARD)
    assert replay(design, *ASKED, *there, *ASKED, *back, *ASKED) == (
        answers(FIRST) + taken(len(there), True) + answers(SECOND) + taken(len(back), True) + answers(FIRST))


@pytest.mark.long
def test_copies_are_all_loaded(tmp_path):
    folding = copied(FOLDING, 2)
    board = held(FIRST, folding)
    assert board.identity.coding == 0
    asked = [bytes([Request.CLASSIFY, 7, 2, 0]) + SENT[0] + SENT[1], bytes([Request.SELF_TEST, 2])]
    load = requests(SECOND, board)
    assert replay(program(tmp_path, FIRST, folding), *load, *asked) == taken(len(load), True) + Device(
        SECOND, folding, held(SECOND, folding)).feed(b"".join(map(frame, asked)))


@pytest.mark.parametrize("count", [1, -1])
def test_a_load_that_is_broken_off_leaves_no_network(design, count):
    load = requests(SECOND, BOARD)
    bodies = list(Deframer(10_000).feed(replay(design, *load[:count], *ASKED)))[len(load[:count]):]
    assert bodies[0][:2] == bytes([Reply.IDENTITY, 1])
    assert bodies[0][2 + 32:2 + 64] == NO_NETWORK
    assert bodies[1:] == [bytes([Reply.ERROR, tag, Error.NETWORK]) for tag in (2, 3, *range(6))]


def test_a_load_that_is_damaged_leaves_no_network_until_one_is_whole(design):
    load = requests(SECOND, BOARD)
    place = len(load) // 2
    damaged = [*load[:place], load[place][:9] + bytes([load[place][9] ^ 4]) + load[place][10:], *load[place + 1:]]
    refusal = frame(bytes([Reply.ERROR, 2, Error.NETWORK]))
    assert replay(design, *damaged, ASKED[1], *load, *ASKED) == (
        taken(len(load), False) + refusal + taken(len(load), True) + answers(SECOND))


def test_blocks_that_come_twice_or_out_of_order_change_nothing(design):
    load = requests(SECOND, BOARD)
    sent = [load[0], load[1], load[1], load[0], load[1], load[3], *load[2:], load[-1], load[3]]
    due = [1, 2, 2, 1, 2, 2, *range(3, len(load) + 1), len(load), len(load)]
    assert replay(design, *sent, *ASKED) == b"".join(
        loaded(number, place >= len(due) - 3) for place, number in enumerate(due)) + answers(SECOND)
