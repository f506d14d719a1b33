import pytest

from hw.accelerator import Accelerator
from quant import Ramp, Step
from quant.chain import chain
from quant.folding import folded, parse, unrolled
from sim.stalls import ALWAYS, Bursts, Random
from tests.cocotb import accelerator
from tests.cocotb.accelerator import expectations, verify
from tests.networks import images, small

CASES = {
    "folded": (small(), folded(small()), Random(seed=1), Random(seed=2, stall=128)),
    "mixed": (small(1, steps=5, psp=Ramp(length=2)), parse("2,1,2 3,2,4 5,6,1"), Bursts(run=7, stall=2),
              Random(seed=3)),
    "wide": (small(2, psp=Step()), parse("4,18,4 2,16,1 10,24,2"), ALWAYS, Bursts(run=1, stall=6)),
    "one_tick": (small(3, steps=1, psp=Step()), unrolled(small(3, steps=1)), ALWAYS, ALWAYS),
    "potential": (small(4, readout="potential"), parse("1,2,4 6,4,1 2,24,1"), Random(seed=5, stall=200), ALWAYS),
}


@pytest.mark.parametrize("name", CASES)
def test_every_transfer_at_every_border_is_as_predicted(tmp_path, name):
    network, folding, gap, stall = CASES[name]
    verify(Accelerator(network, folding, taps=True), images(3), tmp_path, input_gap=gap, output_stall=stall)


def test_the_design_without_taps_is_the_same(tmp_path):
    network, folding, gap, stall = CASES["mixed"]
    verify(Accelerator(network, folding), images(3), tmp_path, input_gap=gap, output_stall=stall)


def test_a_result_does_not_depend_on_what_came_before():
    network, folding, gap, stall = CASES["mixed"]
    results = expectations(chain(network, folding), images(4), gap, stall)["o"]
    assert len({payload for _, payload in results[::2]}) == 1
    assert len({payload for _, payload in results[1::2]}) > 1


@pytest.mark.parametrize("part", [0, 1], ids=["cycle", "payload"])
def test_a_wrong_transfer_inside_is_found(tmp_path, monkeypatch, part):
    def wrong(*arguments):
        expected = expectations(*arguments)
        expected["tap_conv2d2_synapses"][3][part] ^= 1
        return expected
    monkeypatch.setattr(accelerator, "expectations", wrong)
    network, folding, gap, stall = CASES["mixed"]
    with pytest.raises(AssertionError, match=r"tap_conv2d2_synapses: transfer 3 must be "):
        verify(Accelerator(network, folding, taps=True), images(3), tmp_path, input_gap=gap, output_stall=stall)
