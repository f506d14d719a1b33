# amaranth: UnusedElaboratable=no
import re
import sys
from functools import cache

import pytest

from hw import families
from hw.bitstream import boards
from hw.clock import oscillator
from hw.families import Capacity
from hw.top import Top, device
from quant import Dense, Flatten, Network, SingleSpike
from quant.dataflow.folding import folded
from quant.serial_link.contents import contents
from tests.helpers.programmers import USABLE, WITHOUT_UART

NETWORK = Network(input_shape=(1, 2, 3), steps=4, layers=(
    Flatten(), Dense(weights=[[1] * 6, [-1] * 6, [1, -1] * 3], neurons=SingleSpike(threshold=(3, 3, 2)))))


def plan(name, divider=1):
    platform = boards.board(name)
    clock = oscillator(platform, divider)
    held = contents(NETWORK, folded(NETWORK), digest="00" * 32, vectors=(), made_by="", baud=1_000_000,
                    clock_hz=clock.hz)
    made = device(NETWORK, folded(NETWORK), held)
    return platform.build(Top(made, clock), "top", do_build=False, emit_src=False, nextpnr_opts="--seed 1")


@cache
def constraints(name, divider=1):
    return next(text for file, text in plan(name, divider).files.items() if file.endswith((".pcf", ".lpf", ".cst")))


def test_the_registry_holds_boards_of_known_families_only():
    kinds = boards.registry().values()
    assert all(issubclass(kind, families.of(kind).platform) for kind in kinds)
    assert len(kinds) == 46


QUICK = ("icebreaker", "nandlandgo", "versaecp5", "ulx3s-85f", "tangnano9k")  # of each kind of toolchain and clock


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long)
                                  for name in USABLE])
def test_every_board_with_a_uart_plans(name):
    text = constraints(name)
    assert "uart_0__rx__io" in text
    assert "uart_0__tx__io" in text


@pytest.mark.parametrize("name", sorted(WITHOUT_UART))
def test_a_board_without_uart_says_so(name):
    with pytest.raises(ValueError, match=f"^board must have a UART, which {name} has not$"):
        boards.board(name)


def test_a_board_whose_definition_is_broken_says_so():
    with pytest.raises(ValueError, match="^board supercon19badge cannot be built for: its definition in "
                                         "amaranth-boards passes every build option twice$"):
        boards.board("supercon19badge")


def test_a_board_without_clock_says_so(monkeypatch):
    monkeypatch.setattr(boards.lookup("icebreaker"), "default_clk", None)
    with pytest.raises(ValueError, match="^board must have a default clock, which icebreaker has "):
        boards.board("icebreaker")


@pytest.mark.parametrize("name", ["ulx3s-85f", "ULX3S_85F", "ULX3S_85F_Platform", "ulx3s85f"])
def test_spelling_does_not_matter(name):
    assert boards.lookup(name).__name__ == "ULX3S_85F_Platform"


@pytest.mark.parametrize(("name", "near"), [
    ("icebraker", "icebreaker, icebreakerbitsy"),
    ("ulx3s", "ulx3s-85f, ulx3s-45f, ulx3s-25f, ulx3s-12f"),
    ("zzz", ", ".join(boards.registry()))])
def test_an_unknown_board_lists_near_ones(name, near):
    with pytest.raises(ValueError, match=f"^board must be one of {re.escape(near)}, not '{name}'$"):
        boards.lookup(name)


@pytest.mark.parametrize(("name", "devices"), [("Arty_A7", "xc7a100ti or xc7a35ti"), ("artya735", "xc7a35ti"),
                                               ("DE10_Nano_Platform", "5CSEBA6")])
def test_a_board_of_no_known_family_says_so(name, devices):
    with pytest.raises(ValueError, match=f"^board {name} cannot be built for: no known family, "
                                         f"{' or '.join(families.FAMILIES)}, has {devices}$"):
        boards.lookup(name)


NO_FAMILY = f"no known family, {' or '.join(families.FAMILIES)}"
OWN = """
from amaranth.build import Clock, Pins, Resource
from amaranth.vendor import GowinPlatform, SiliconBluePlatform
from amaranth_boards.resources import UARTResource


class MinePlatform(SiliconBluePlatform):
    device, package = "iCE40HX1K", "TQ144"
    default_clk = "clk12"
    resources = [Resource("clk12", 0, Pins("21", dir="i"), Clock(12e6)), UARTResource(0, rx="9", tx="8")]
    connectors = []


class NoUart(MinePlatform):
    resources = MinePlatform.resources[:1]


class NoClock(MinePlatform):
    default_clk = "clk100"


class Unfinished(SiliconBluePlatform):
    device = "iCE40HX1K"


class Foreign(SiliconBluePlatform):
    device, package = "iCE99", "TQ144"


class ForeignGowin(GowinPlatform):
    part, family = "GW9X-LV9QN88PC6/I5", "GW9X-9"


number = 7
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a module of boards, where the command is run."""
    (tmp_path / "own_boards.py").write_text(OWN)
    (tmp_path / "broken_boards.py").write_text("class Mine(:\n")
    (tmp_path / "quitting_boards.py").write_text("raise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("own_boards", None)


def test_a_board_of_a_user_is_taken_by_module_and_class(own):
    name = "own_boards:MinePlatform"
    assert boards.name_of(boards.lookup(name)) == name
    assert families.of(boards.lookup(name)).name == "ice40"
    assert "set_io uart_0__rx__io 9" in constraints(name)


@pytest.mark.parametrize(("name", "message"), [
    ("absent:Mine", "board absent:Mine must be a class of a module: ModuleNotFoundError: No module named 'absent'"),
    (":Mine", "board :Mine must be a class of a module: ValueError: Empty module name"),
    ("broken_boards:Mine", "board broken_boards:Mine must be a class of a module: SyntaxError: "),
    ("quitting_boards:Mine", "board quitting_boards:Mine must be a class of a module: SystemExit: 3"),
    ("own_boards:Absent", "board own_boards:Absent must be a class of a module: AttributeError: module 'own_boards' "),
    ("own_boards:number", "board own_boards:number must be a platform class of Amaranth, not 7"),
    ("own_boards:Foreign", f"board own_boards:Foreign cannot be built for: {NO_FAMILY}, has its device 'iCE99'"),
    ("own_boards:ForeignGowin", f"board own_boards:ForeignGowin cannot be built for: {NO_FAMILY}, has its device 'GW9"),
    ("own_boards:Unfinished", "board own_boards:Unfinished cannot be used: TypeError: Can't instantiate abstract "),
    ("own_boards:NoClock", "board must have a default clock, which own_boards:NoClock has not"),
    ("own_boards:NoUart", "board must have a UART, which own_boards:NoUart has not")])
def test_a_board_of_a_user_that_is_none(own, name, message):
    """One line each, however the user's module fails."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}.*$"):
        boards.board(name)


def test_leds_show_the_class_where_pins_are_free():
    assert len(re.findall(r"led_\d+__io", constraints("icebreaker"))) == 7  # two of them on the break-off part
    assert "led_0__io" not in constraints("colorlight-5a75b-r70")  # on the pin of the UART's tx


def test_the_clock_is_constrained_to_that_of_the_board():
    assert "set_frequency clk12_0__io 12.0" in constraints("icebreaker")
    assert 'FREQUENCY PORT "clk25_0__io" 25000000.0 HZ' in constraints("ulx3s-85f")


def test_the_same_design_gives_the_same_plan():
    assert plan("ulx3s-85f").digest() == plan("ulx3s-85f").digest()


@pytest.mark.parametrize(("name", "luts", "block_rams"), [("icebreaker", 5280, 30), ("icestick", 1280, 16),
                                                          ("blackice", 7680, 32), ("ulx3s-12f", 24288, 56),
                                                          ("versaecp5", 43848, 108), ("ulx3s-85f", 83640, 208),
                                                          ("tangnano9k", 8640, 26), ("tangnano20k", 20736, 46),
                                                          ("tangprimer25k", 23040, 56)])
def test_capacity(name, luts, block_rams):
    assert boards.capacity(boards.board(name)) == Capacity(luts, block_rams)


@pytest.mark.parametrize("name", boards.registry())
def test_every_board_has_a_capacity(name):
    assert boards.capacity(boards.lookup(name)).luts > 0


def test_a_divided_clock_is_constrained():
    assert "set_frequency divided_clock 50.0" in constraints("blackice", divider=2)
    assert 'FREQUENCY NET "divided_clock" 33333333' in constraints("versaecp5", divider=3)
