"""The host gives a board another network; the board is the compiled design."""

import pytest

from hw.host.board import Board, BoardError, SelfTest
from hw.host.load import load
from hw.serial_link.uart import MIN_CYCLES
from quant.files.artefact import network_digest
from sim.compiled.serial_link import Terminal
from tests.helpers.refusals import refused
from tests.helpers.serial_link.endpoint_bench import images
from tests.helpers.serial_link.peer import PATIENCE, expected, seen
from tests.helpers.serial_link.reloaded import CLOCK_HZ, PIXELS, held, network, payloads, program

FIRST, SECOND = network(1), network(2)
BOARD = held(FIRST)
SENT = images(6, PIXELS)


@pytest.mark.slow
def test_the_host_loads_a_board(tmp_path):
    with Terminal(program(tmp_path, FIRST), MIN_CYCLES) as terminal, Board(
            terminal.name, FIRST, baud=CLOCK_HZ // MIN_CYCLES, timeout=PATIENCE) as board:
        given, got = payloads(SECOND, BOARD), []
        with refused("got a network with a wrong CRC; load it again$", BoardError):
            load(board, [given[0], given[1][:-1] + bytes([given[1][-1] ^ 1]), *given[2:]])
        with refused("refused CLASSIFY: the board holds no valid network", BoardError):
            board.classify(SENT[0])
        with refused(f"waits for block {len(given)}, not 1, of the network", BoardError):
            load(board, given[1:])
        load(board, given, got.append)
        assert sum(got) == sum(map(len, given))
        assert board.identity.digest.hex() == network_digest(SECOND)
        assert board.self_test() == SelfTest(2, 0)
        assert seen(board.classify_all(SENT)) == expected(SENT, SECOND)
