import pytest

from hw.bitstream import boards, folder
from hw.build import Job, build
from hw.families import ECP5, NEXUS
from tests.helpers.builds import FOLD, needs, save
from tests.helpers.built import check_cores, check_page
from tests.helpers.refusals import refused

BOARD = "crosslinknxevn"


@pytest.mark.parametrize(("width", "depth", "count"), [(36, 512, 1), (37, 512, 2), (18, 1024, 1), (1, 16384, 1)])
def test_block_ram_shapes(width, depth, count):
    assert NEXUS.fabric.rom(width, depth).block_rams == count


def test_boards_of_the_other_family_of_this_maker_stay_what_they_are():
    assert boards.lookup("ulx3s-85f").__mro__[1].__name__ != "Oxide"
    assert ECP5.parts.keys().isdisjoint(NEXUS.parts)


def test_a_class_of_a_board_becomes_the_same_class_each_time():
    assert boards.lookup(BOARD) is boards.lookup(BOARD)


def test_another_clock_than_the_oscillator_is_refused():
    with refused("^clock must be oscillator: LIFCL-40 has no PLL in package BG400$"):
        Job.plan("mnist-up5k", BOARD, clock=40.0, fold="4,25,1 2,12,7 2,8,1")


@pytest.mark.long
@needs(NEXUS)
def test_builds_of_a_tiny_network_are_the_same(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        record = build(Job.plan(save(tmp_path / name / "tiny.safetensors"), BOARD, fold=FOLD), tmp_path / name / "out",
                       print)
    assert (record["device"], record["clock_mhz"], record["bitstream"]) == ("LIFCL-40", 12, "top.bit")
    assert record["fmax_mhz"] > 100
    check_cores(record)
    check_page((tmp_path / "second" / "out" / "report.html").read_text())
    sites = {site["site"] for site in record["utilisation"]}
    assert sites >= {"LUTs", "flip-flops", "LUT RAM write ports", "pins"}
    assert folder.manifest(tmp_path / "first" / "out") == folder.manifest(tmp_path / "second" / "out")
