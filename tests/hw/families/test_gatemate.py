import pytest

from hw.bitstream import folder
from hw.build import Job, build
from hw.families import GATEMATE
from tests.helpers.builds import FOLD, needs, save
from tests.helpers.built import check_cores, check_page

BOARD = "gatematea1-evb"


@pytest.mark.parametrize(("width", "depth", "count"), [
    (40, 512, 1), (41, 512, 2), (20, 1024, 1), (10, 2048, 1), (5, 4096, 1), (1, 16384, 1)])
def test_block_ram_shapes(width, depth, count):
    assert GATEMATE.fabric.rom(width, depth).block_rams == count


def make(place, **options):
    return build(Job.plan(save(place / "tiny.safetensors"), BOARD, fold=FOLD, **options), place / "out", print)


@pytest.mark.long
@needs(GATEMATE)
def test_builds_of_a_tiny_network_are_the_same(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        record = make(tmp_path / name, clock=25)
    assert (record["device"], record["clock_mhz"], record["bitstream"]) == ("CCGM1A1", 25, "top.bit")
    assert record["fmax_mhz"] > 25
    check_cores(record)
    check_page((tmp_path / "second" / "out" / "report.html").read_text())
    sites = {site["site"] for site in record["utilisation"]}
    assert sites >= {"LUTs", "flip-flops", "PLLs", "global buffers", "pins"}
    assert folder.manifest(tmp_path / "first" / "out") == folder.manifest(tmp_path / "second" / "out")
