from pathlib import Path

import numpy as np
import pytest

from benchmarks import toggles
from hw.families.ice40 import ICE40
from quant.dataflow.chain import chain
from quant.dataflow.folding import parse
from sim.compiled.simulator import Simulator
from tests.cocotb.runner import CACHE
from tests.verify.test_netlist import dense

WAVEFORM = """\
$timescale 1s $end
 $scope module TOP $end
  $var wire 1 ! clk $end
  $var wire 4 " o__payload [3:0] $end
  $scope module binspike $end
   $var wire 1 ! clk $end
   $var wire 1 # core.flag $end
   $var wire 1 # other.flag $end
   $var wire 4 " o__payload [3:0] $end
  $upscope $end
 $upscope $end
$enddefinitions $end
#20
0!
0#
b0000 "
#21
1!
1#
#22
0!
0#
b0011 "
#23
1!
#24
0!
1#
b0110 "
#25
1!
"""

COUNTER = """\
module counter(input clk, input rst, input [7:0] i__payload, input i__valid, output i__ready, output [7:0] o__payload,
               output o__valid, input o__ready);
    reg [7:0] \\core.count ;
    assign i__ready = 1;
    assign o__valid = \\core.count [3:0] == 15;
    assign o__payload = \\core.count ;
    always @(posedge clk) \\core.count <= rst ? 0 : \\core.count + 1;
endmodule
"""


def test_what_settles_again_before_the_clock_rises_is_no_toggle():
    bits, counts = toggles.settled(WAVEFORM.splitlines(keepends=True))
    assert bits == {"clk": 1, "o__payload": 4, "core.flag": 1}
    assert counts == {"o__payload": 2 + 2, "core.flag": 1}


def test_a_counter_toggles_as_often_as_it_must(tmp_path):
    """Bit k of a counter changes once in 2**k cycles."""
    (tmp_path / "counter.v").write_text(COUNTER)
    wires = {"clk": 1, "rst": 1, "i__payload": 8, "i__valid": 1, "i__ready": 1, "o__payload": 8, "o__valid": 1,
             "o__ready": 1}
    design = {"top": "counter", "ports": {name: {"width": width} for name, width in wires.items()}, "result": []}
    compiled = Simulator.build(tmp_path / "counter.v", design, CACHE, toggles.RECORDING)
    seen, error = compiled.attempt(np.zeros((20, 16), np.uint8), waveform=tmp_path / "counter.vcd", stretch=(10, 266))
    assert error is None
    assert seen.output_cycles.tolist() == list(range(15, 320, 16))
    with (tmp_path / "counter.vcd").open() as lines:
        bits, counts = toggles.settled(lines)
    assert bits["o__payload"] == 8
    assert counts["o__payload"] == sum(256 >> bit for bit in range(8))
    assert counts["o__valid"] == 2 * 16
    assert "clk" not in counts


def test_too_few_images():
    image = np.zeros((1, 1, 6, 6), np.uint8)
    with pytest.raises(ValueError, match="^images must be more than 1: the cores hold so many at once$"):
        toggles.measure(dense(), parse("2,4,2 5,4,1"), image, ICE40.name, Path())


@pytest.mark.long
def test_a_core_whose_inputs_never_spike_toggles_less():
    network, folding = dense(), parse("2,4,2 5,4,1")
    bright = np.random.default_rng(0).integers(1, 256, (8, *network.input_shape), np.uint8)
    busy, idle = (toggles.measure(network, folding, images, ICE40.name, CACHE)
                  for images in (bright, np.zeros_like(bright)))
    assert list(busy.nets) == [*(node.name for node in chain(network, folding)), toggles.OUTSIDE]
    assert busy.nets == idle.nets
    for core in ("encoder", "dense1_synapses", "dense1_neurons"):
        assert busy.toggles[core] > 1.5 * idle.toggles[core]
    assert 0 < idle.share < busy.share < 1


def test_table_has_a_column_for_each_design():
    one, other = (toggles.Activity(cycles=10, nets={core: 20, "outside": 30}, toggles={core: 40.5, "outside": 9.5})
                  for core in ("encoder", "window"))
    lines = toggles.table({"`one`": one, "`other`": other})
    assert lines[2:6] == ["| encoder | 40 | 0 |", "| outside | 10 | 10 |", "| window | 0 | 40 |", "| all | 50 | 50 |"]
    assert lines[6:8] == ["| nets | 50 | 50 |", "| cycles | 10 | 10 |"]
    assert lines[8:] == ["| nets that toggle in a cycle | 10.00% | 10.00% |"]
