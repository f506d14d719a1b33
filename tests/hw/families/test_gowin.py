import pytest
from amaranth.vendor import GowinPlatform

from hw.bitstream import boards
from hw.families import ARORA_V, GOWIN
from hw.families.gowin import DATABASES


def test_the_parts_are_known_to_amaranth():
    assert GOWIN.parts.keys() <= GowinPlatform._dev_osc_mapping.keys()


def test_every_part_is_of_one_family():
    assert GOWIN.parts.keys() | ARORA_V.parts.keys() == DATABASES.keys()


@pytest.mark.parametrize(("width", "depth", "count"), [
    (36, 512, 1), (37, 512, 2), (18, 1024, 1), (9, 2048, 1), (4, 4096, 1), (1, 16384, 1)])
def test_block_ram_shapes(width, depth, count):
    assert GOWIN.fabric.rom(width, depth).block_rams == count


@pytest.mark.parametrize(("name", "database"), [("tangnano9k", "GW1N-9C"), ("tangnano20k", "GW2A-18C"),
                                                ("tangprimer25k", "GW5A-25A"), ("tangprimer20kdock", "GW2A-18C")])
def test_the_database_is_that_of_the_die(name, database):
    assert boards.board(name).database == database


def test_a_class_of_amaranth_boards_becomes_the_same_class_each_time():
    assert boards.lookup("tangnano9k") is boards.lookup("tangnano9k")


def test_a_part_without_such_a_pll_says_so():
    assert GOWIN.pll.serves(boards.board("tangnano9k"))
    assert not ARORA_V.pll.serves(boards.board("tangprimer25k"))
