import re
from fractions import Fraction

import pytest

from hw.bitstream import boards
from hw.bitstream.bridges import BRIDGES, CH340, FT231X, FT2232H, check, highest
from quant.serial_link.protocol import RATES


def test_every_board_with_a_bridge_is_one():
    assert BRIDGES.keys() <= boards.registry().keys()


@pytest.mark.parametrize(("bridge", "rates"), [(FT2232H, RATES), (FT231X, RATES[4:]), (CH340, RATES[5:])])
def test_rates_that_a_bridge_makes_exactly(bridge, rates):
    assert [rate for rate in RATES if bridge.makes(rate)] == list(rates)
    assert all(bridge.nearest(rate) == rate for rate in rates)


@pytest.mark.parametrize(("bridge", "baud", "nearest"), [
    (FT2232H, 115_200, 12_000_000 / Fraction("104.125")), (FT2232H, 5_000_000, 12_000_000 / Fraction("2.375")),
    (FT2232H, 10_000_000, 12_000_000), (FT231X, 1_300_000, 3_000_000 / Fraction("2.25")), (FT231X, 10**9, 3_000_000),
    (CH340, 5_000_000, 2_000_000)])
def test_the_nearest_rate(bridge, baud, nearest):
    assert bridge.nearest(baud) == nearest


@pytest.mark.parametrize(("board", "mhz", "baud"), [
    ("icebreaker", 12, 3_000_000), ("icebreaker", 29.25, 6_000_000), ("icebreaker", 24, 6_000_000),
    ("icebreaker", 23.9, 4_000_000), ("icebreaker", 48, 12_000_000), ("ulx3s-85f", 25, 3_000_000),
    ("ulx3s-85f", 100, 3_000_000), ("blackice", 50, 2_000_000),
    ("icesugar", 50, 1_000_000), ("icesugar", 4, 1_000_000)])
def test_the_highest_rate_of_bridge_and_clock(board, mhz, baud):
    assert highest(board, mhz * 1e6) == baud


def test_a_clock_that_is_too_slow_for_any_rate():
    message = "clock must be at least 4 MHz for 1,000,000 baud, not 3.9 MHz; give a lower --baud"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        highest("icebreaker", 3.9e6)


def test_a_rate_that_is_asked_for():
    assert check("icebreaker", 115_200) == 115_200
    assert check("icesugar", 1_234_567) == 1_234_567
    message = "Baud rate must be one of the FT231X of ulx3s-85f, not 4000000; 3000000 is the nearest"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check("ulx3s-85f", 4_000_000)
