import json

import pytest

from hw.bitstream import boards, flash, folder
from hw.build import Job, build
from hw.families import ECP5, NEXUS
from tests.helpers.builds import FOLD, needs, save
from tests.helpers.refusals import refused

BOARD = "crosslinknxevn"


@pytest.mark.parametrize(("width", "depth", "count"), [(36, 512, 1), (37, 512, 2), (18, 1024, 1), (1, 16384, 1)])
def test_block_ram_shapes(width, depth, count):
    assert NEXUS.fabric.rom(width, depth).block_rams == count


def test_boards_of_the_other_family_of_this_maker_stay_what_they_are():
    assert boards.lookup("ulx3s-85f").__mro__[1].__name__ != "Oxide"
    assert ECP5.parts.keys().isdisjoint(NEXUS.parts)


def test_the_tools_end_before_a_packer():
    assert [tool.name for tool in NEXUS.tools] == ["yosys", "nextpnr-nexus"]
    assert boards.board(BOARD).required_tools == ("yosys", "nextpnr-nexus")


def test_there_is_nothing_to_flash(tmp_path):
    (made := tmp_path / "top.fasm").write_text("x")
    with refused("^board crosslinknxevn has no bitstreams here: no packer for nexus comes as a wheel; pack .*top.fasm "
                 "by Project Oxide, and program it by the tool of its maker$"):
        flash.flash(BOARD, made)


def test_another_clock_than_the_oscillator_is_refused():
    with refused("^clock must be oscillator: LIFCL-40 has no PLL in package BG400$"):
        Job.plan("mnist-up5k", BOARD, clock=40.0, fold="4,25,1 2,12,7 2,8,1")


@pytest.mark.long
@needs(NEXUS)
def test_builds_of_a_tiny_network_are_the_same(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        job = Job.plan(save(tmp_path / name / "tiny.safetensors"), BOARD, fold=FOLD, clock="oscillator")
        record = build(job, tmp_path / name / "out", print)
    assert (record["device"], record["clock_mhz"], record["bitstream"]) == ("LIFCL-40", 12, "top.fasm")
    assert record["fmax_mhz"] > 12
    assert json.loads((tmp_path / "second" / "out" / "report.json").read_text()) == record
    assert folder.manifest(tmp_path / "first" / "out") == folder.manifest(tmp_path / "second" / "out")
