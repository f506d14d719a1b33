import pytest

from hw.accelerator import Accelerator
from quant import Ramp, Step
from quant.dataflow.chain import chain
from quant.dataflow.folding import folded, parse, unrolled
from quant.files import samples, zoo
from quant.timing.simulation import run_images
from sim.cycle.stalls import ALWAYS, Bursts, Random
from tests.cocotb import accelerator
from tests.cocotb.accelerator import expectations, verify
from tests.helpers.networks import images, small

CASES = {
    "folded": (small(), folded(small()), Random(seed=1), Random(seed=2, stall=128)),
    "mixed": (small(1, steps=5, psp=Ramp(length=2)), parse("2,1,2 3,2,4 5,6,1"), Bursts(run=7, stall=2),
              Random(seed=3)),
    "wide": (small(2, psp=Step()), parse("4,18,4 2,16,1 10,24,2"), ALWAYS, Bursts(run=1, stall=6)),
    "one_tick": (small(3, steps=1, psp=Step()), unrolled(small(3, steps=1)), ALWAYS, ALWAYS),
    "potential": (small(4, readout="potential"), parse("1,2,4 6,4,1 2,24,1"), Random(seed=5, stall=200), ALWAYS),
}
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "mixed" else pytest.mark.long)
                                  for name in CASES])
def test_every_transfer_at_every_border_is_as_predicted(tmp_path, name):
    network, folding, gap, stall = CASES[name]
    verify(Accelerator(network, folding, taps=True), images(2), tmp_path, input_gap=gap, output_stall=stall)


@pytest.mark.long
def test_the_design_without_taps_is_the_same(tmp_path):
    network, folding, gap, stall = CASES["mixed"]
    verify(Accelerator(network, folding), images(3), tmp_path, input_gap=gap, output_stall=stall)


def test_a_result_does_not_depend_on_what_came_before():
    network, folding, gap, stall = CASES["mixed"]
    results = expectations(chain(network, folding), images(4), gap, stall)["o"]
    assert len({payload for _, payload in results[::2]}) == 1
    assert len({payload for _, payload in results[1::2]}) > 1


def real(count):
    """Images for the small network whose two channels are small MNIST digits."""
    digits = [bytes_of[28 * row + column] for bytes_of in samples.load(zoo.samples_path("MNIST")).images[:2 * count]
              for row in range(2, 26, 3) for column in range(2, 26, 3)]
    return [[digits[64 * (image * 2 + channel) + pixel] for pixel in range(64) for channel in range(2)]
            for image in range(count)]


@pytest.mark.parametrize(("gap", "stall"), [pytest.param(ALWAYS, ALWAYS, marks=pytest.mark.long),
                                            (Random(seed=7), Bursts(run=3, stall=2))], ids=repr)
def test_a_reset_in_mid_image_leaves_nothing_behind(tmp_path, gap, stall):
    network, folding, _, _ = CASES["mixed"]
    verify(Accelerator(network, folding, taps=True), real(2), tmp_path, input_gap=gap, output_stall=stall,
           resets=(1, 40, 333, 801, 2003))


@pytest.mark.long
def test_the_longest_idle_changes_nothing(tmp_path):
    """The source is silent after the first image, for longer than any counter of the design can count."""
    network, folding, _, _ = CASES["mixed"]
    core = Accelerator(network, folding, taps=True)
    taken = run_images(core.nodes, pixels=128, decisions=[5], watch=None).inputs[-1] + 1
    verify(core, real(2), tmp_path, input_gap=Bursts(run=taken, stall=65_535), output_stall=ALWAYS)


@pytest.mark.parametrize("part", [pytest.param(0, marks=pytest.mark.long, id="cycle"), pytest.param(1, id="payload")])
def test_a_wrong_transfer_inside_is_found(tmp_path, monkeypatch, part):
    def wrong(*arguments):
        expected = expectations(*arguments)
        expected["tap_conv2d2_synapses"][3][part] ^= 1
        return expected
    monkeypatch.setattr(accelerator, "expectations", wrong)
    network, folding, gap, stall = CASES["mixed"]
    with pytest.raises(AssertionError, match=r"tap_conv2d2_synapses: transfer 3 must be "):
        verify(Accelerator(network, folding, taps=True), images(2)[:1], tmp_path, input_gap=gap, output_stall=stall)
