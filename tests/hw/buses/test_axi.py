# amaranth: UnusedElaboratable=no
"""A core behind AXI, by the public bus models of cocotbext-axi, against the golden model."""

import json

import pytest

from hw.accelerator import Accelerator
from hw.buses.bus import BUSES, wrap
from hw.emit import to_verilog
from quant.dataflow.folding import parse
from tests.cocotb.runner import simulate
from tests.helpers.buses.frames import DIGEST, case
from tests.helpers.designs import TINY, tiny
from tests.helpers.networks import small

MODELS = "cocotbext-axi, the bus models of the extra 'buses', is not installed"
FAST, SLOW = 2000, 5500  # ps of a clock's period


def check(folder, network, folding, periods, stall, cut):
    pytest.importorskip("cocotbext.axi", reason=MODELS)
    crossing = len(periods) > 1
    design, file = folder / "eye.v", folder / "case.json"
    design.write_text(to_verilog(wrap("axi", Accelerator(network, parse(folding)), network, DIGEST, crossing=crossing),
                                 "eye"))
    file.write_text(json.dumps(case(network, BUSES["axi"], lanes=1) | {"periods": periods, "stall": stall, "cut": cut}))
    simulate(design, "eye", "tests.cocotb.tb_axi", folder, {"CASE": str(file)})


@pytest.mark.parametrize(("periods", "stall", "cut"), [
    pytest.param((FAST,), 0.3, (40, 201), id="one clock"),
    pytest.param((FAST, SLOW), 0.3, (40, 201), id="slow core"),
    pytest.param((FAST,), 0, (), id="no pause", marks=pytest.mark.long),
    pytest.param((FAST,), 0.8, (), id="long pauses", marks=pytest.mark.long),
    pytest.param((SLOW, FAST), 0.3, (33, 92), id="fast core", marks=pytest.mark.long),
    pytest.param((FAST, FAST), 0, (), id="two equal clocks", marks=pytest.mark.long)])
def test_every_frame_gives_the_result_of_the_golden_model(tmp_path, periods, stall, cut):
    check(tmp_path, tiny(), TINY, periods, stall, cut)


@pytest.mark.long
@pytest.mark.parametrize("periods", [(FAST,), (FAST, SLOW)])
def test_a_larger_network_too(tmp_path, periods):
    check(tmp_path, small(1), "2,1,2 3,2,4 5,6,1", periods, 0.3, (150, 1501))
