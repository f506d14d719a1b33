# amaranth: UnusedElaboratable=no
"""A core behind Wishbone, by the public bus model of cocotbext-wishbone, against the golden model."""

import json

import pytest

from hw.accelerator import Accelerator
from hw.buses.bus import wrap
from hw.buses.registers import table
from hw.emit import to_verilog
from quant.dataflow.cores.resize import parse as picture
from quant.dataflow.folding import parse
from tests.cocotb.runner import simulate
from tests.helpers.buses.frames import DIGEST, case
from tests.helpers.designs import TINY, tiny
from tests.helpers.networks import small

MODELS = "cocotbext-wishbone, the bus model of the extra 'buses', is not installed"
FAST, SLOW = 2000, 5500  # ps of a clock's period


def check(folder, network, folding, periods, cut, resize=None):
    pytest.importorskip("cocotbext.wishbone", reason=MODELS)
    pytest.importorskip("amaranth_soc", reason="amaranth-soc, of the extra 'wishbone', is not installed")
    design, file = folder / "eye.v", folder / "case.json"
    core = Accelerator(network, parse(folding), resize=resize)
    design.write_text(to_verilog(wrap("wishbone", core, DIGEST, crossing=len(periods) > 1), "eye"))
    file.write_text(json.dumps(case(network, table(window=True), lanes=4, resize=resize)
                               | {"periods": periods, "cut": cut}))
    simulate(design, "eye", "tests.cocotb.tb_wishbone", folder, {"CASE": str(file)})


@pytest.mark.parametrize(("periods", "cut"), [
    pytest.param((FAST,), (4, 21), id="one clock"),
    pytest.param((FAST, SLOW), (3, 18), id="slow core"),
    pytest.param((SLOW, FAST), (5, 20), id="fast core", marks=pytest.mark.long)])
def test_every_frame_gives_the_result_of_the_golden_model(tmp_path, periods, cut):
    check(tmp_path, tiny(), TINY, periods, cut)


def test_pictures_of_a_camera_are_frames(tmp_path):
    network = tiny()
    check(tmp_path, network, TINY, (FAST,), (4, 21), picture("8x7x3/2+1+0,invert", network.input_shape))


@pytest.mark.long
@pytest.mark.parametrize("periods", [(FAST,), (FAST, SLOW)])
def test_a_larger_network_too(tmp_path, periods):
    check(tmp_path, small(1), "2,1,2 3,2,4 5,6,1", periods, (30, 201))
