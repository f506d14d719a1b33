# amaranth: UnusedElaboratable=no
import os
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest

from hw import clock as clocks
from hw.bitstream import boards, flow, toolchain
from hw.serial_link.uart import cycles_a_bit
from hw.top import Top, device
from quant.dataflow.folding import folded
from quant.serial_link.protocol import Request, frame
from sim.compiled.serial_link import play
from tests.helpers import pins
from tests.helpers.serial_link.endpoint_bench import NETWORK, classify, held, images, model

REQUESTS = b"".join(frame(classify(image, tag)) for tag, image in enumerate(images(3)))
IDLE = b"\xff"  # a receiver that begins to listen in the middle of one finds the next


@cache
def made(name, mhz):
    """Clock, contents and plan of a small design."""
    platform, holds = boards.board(name), held()
    clock = clocks.at_most(platform, Fraction(mhz) * 10**6)
    holds = replace(holds, identity=replace(holds.identity, clock_hz=round(clock.hz)))
    top = Top(device(NETWORK, folded(NETWORK), holds), clock)
    return clock, holds, flow.plan(platform, top, seed=1).files


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """Contents of a board with a PLL, and what it answers at its pins, from power-up."""
    os.environ.update(toolchain.environment())
    clock, holds, files = made("icebreaker", 36)
    found = pins.program(files["top.il"], tmp_path_factory.mktemp("board"))
    return holds, lambda sent: play(found, sent, length=cycles_a_bit(clock.hz, 1_000_000), patience=30_000)


def test_a_board_answers_at_the_clock_of_its_pll(board):
    """The reset ends in the middle of a byte, of which the board may tell that it was none."""
    holds, answer = board
    sent = frame(bytes([Request.IDENTIFY, 1])) + REQUESTS
    output = answer(IDLE * 8 + sent).output
    due = model(holds=holds).feed(sent)
    assert output.endswith(due)
    assert len(output) - len(due) in (0, len(frame(bytes(3))))
    assert holds.identity.clock_hz == 36_000_000


def test_a_board_is_in_reset_until_the_pll_has_locked(board):
    """What comes while it locks, and in the wait after that, is lost, and no more."""
    holds, answer = board
    lost = (pins.LOCK_CYCLES + 15 * 36) // 360
    sent = frame(bytes([Request.IDENTIFY, 1]))
    due = model(holds=holds).feed(sent)
    assert answer(IDLE * (lost + 2) + sent).output.endswith(due)
    assert due not in answer(IDLE * (lost - 3) + sent).output


@pytest.mark.parametrize(("name", "line"), [("icebreaker", "set_frequency pll_clock 30.0"),
                                            ("icestick", "set_frequency pll_clock 30.0"),
                                            ("ulx3s-85f", 'FREQUENCY NET "pll_clock" 30000000.0 HZ;'),
                                            ("versaecp5", 'FREQUENCY NET "pll_clock" 30000000.0 HZ;')])
def test_the_output_of_the_pll_is_constrained(name, line):
    assert any(line in str(text) for file, text in made(name, 30)[2].items() if file.endswith((".pcf", ".lpf")))


@pytest.mark.parametrize(("name", "cells"), [("icebreaker", {"SB_PLL40_PAD"}), ("icestick", {"SB_PLL40_CORE"}),
                                             ("ulx3s-85f", {"EHXPLLL", "SGSR"}), ("versaecp5", {"EHXPLLL", "SGSR"})])
def test_the_pll_is_that_of_the_family(name, cells):
    text = made(name, 30)[2]["top.il"]
    assert {cell for cell in ("SB_PLL40_PAD", "SB_PLL40_CORE", "EHXPLLL", "SGSR") if f"cell \\{cell} " in text} == cells


@pytest.mark.parametrize(("name", "button"), [("versaecp5", True), ("ulx3s-85f", False)])
def test_a_reset_button_is_kept(name, button):
    assert ("rst_0__io" in made(name, 30)[2]["top.il"]) == button
