# amaranth: UnusedElaboratable=no
"""A core behind AXI, by the public bus models of cocotbext-axi, against the golden model."""

import json

import pytest

from hw.accelerator import Accelerator
from hw.buses.bus import wrap
from hw.buses.registers import table
from hw.emit import to_verilog
from quant.bus_load import load
from quant.dataflow.cores.resize import parse as picture
from quant.dataflow.folding import parse
from quant.files.artefact import network_digest
from quant.serial_link.reload import layout
from tests.cocotb.runner import simulate
from tests.helpers.buses.frames import DIGEST, case, frames, results
from tests.helpers.designs import TINY, tiny
from tests.helpers.networks import small
from tests.helpers.serial_link.reloaded import FOLDING, PIXELS, network

MODELS = "cocotbext-axi, the bus models of the extra 'buses', is not installed"
FAST, SLOW = 2000, 5500  # ps of a clock's period


def check(folder, network, folding, periods, stall, cut, resize=None):
    pytest.importorskip("cocotbext.axi", reason=MODELS)
    crossing = len(periods) > 1
    design, file = folder / "eye.v", folder / "case.json"
    design.write_text(to_verilog(wrap("axi", Accelerator(network, parse(folding), resize=resize), DIGEST,
                                      crossing=crossing), "eye"))
    file.write_text(json.dumps(case(network, table(window=False), lanes=1, resize=resize)
                               | {"periods": periods, "stall": stall, "cut": cut}))
    simulate(design, "eye", "tests.cocotb.tb_axi", folder, {"CASE": str(file)})


def test_pictures_of_a_camera_are_frames(tmp_path):
    network = tiny()
    check(tmp_path, network, TINY, (FAST,), 0.3, (40, 201), picture("8x7x3/2+1+0,invert", network.input_shape))


@pytest.mark.parametrize("periods", [(FAST,), pytest.param((FAST, SLOW), marks=pytest.mark.long)])
def test_another_network_is_loaded_over_axi_lite(tmp_path, periods):
    pytest.importorskip("cocotbext.axi", reason=MODELS)
    first, second = network(1), network(2)
    core = wrap("axi", Accelerator(first, FOLDING, reload=True), network_digest(first), crossing=len(periods) > 1)
    design, file = tmp_path / "eye.v", tmp_path / "case.json"
    design.write_text(to_verilog(core, "eye"))
    sent = [frame for frame in frames(PIXELS) if not frame.errors]
    file.write_text(json.dumps(case(first, core.registers.rows, lanes=1) | {
        "frames": [frame.pixels.hex() for frame in sent], "results": results(first, sent), "periods": periods,
        "stall": 0.3, "loads": [load(core.core.layout, given).hex() for given in (second, first)],
        "foreign": load(layout(network(1, steps=5), FOLDING), network(1, steps=5)).hex(),
        "digests": [network_digest(given) for given in (first, second)], "others": results(second, sent)}))
    simulate(design, "eye", "tests.cocotb.tb_axi_load", tmp_path, {"CASE": str(file)})


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
