import pytest
from amaranth.vendor import GowinPlatform

from hw.bitstream import boards, folder
from hw.build import Job, build
from hw.families import ARORA_V, GOWIN
from hw.families.gowin import DATABASES
from tests.helpers.builds import FOLD, needs, save
from tests.helpers.built import check_cores, check_page


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


def make(place, board="tangnano9k", **options):
    """Record of the build of a tiny network in a folder."""
    return build(Job.plan(save(place / "tiny.safetensors"), board, fold=FOLD, **options), place / "out", print)


@pytest.mark.long
@needs(GOWIN)
def test_a_build_of_a_tiny_network(tmp_path):
    record = make(tmp_path)
    assert (record["device"], record["clock_mhz"], record["bitstream"]) == ("GW1NR-9C", 27, "top.fs")
    assert record["fmax_mhz"] > 27
    check_cores(record)
    check_page((tmp_path / "out" / "report.html").read_text())
    sites = {site["site"] for site in record["utilisation"]}
    assert sites >= {"LUTs", "LUTs used as carry", "flip-flops", "input pins"}


@pytest.mark.long
@pytest.mark.parametrize(("board", "clock"), [("tangnano9k", 40), ("tangnano20k", "oscillator"),
                                              ("tangprimer25k", "oscillator")])
@needs(GOWIN)
def test_a_bitstream_is_the_same_when_it_is_made_again(tmp_path, board, clock):
    """At the PLL too."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        record = make(tmp_path / name, board, clock=clock)
        assert record["fmax_mhz"] >= record["clock_mhz"]
    assert folder.manifest(tmp_path / "first" / "out") == folder.manifest(tmp_path / "second" / "out")
