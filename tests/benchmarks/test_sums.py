import pytest

from benchmarks import sums
from benchmarks.estimate import synthesise
from hw.accelerator import component
from hw.cost.area import size
from hw.families import ECP5
from quant.dataflow.cores import Synapses


def test_weights_are_wires_or_in_ram():
    wired, stored = sums.core(25, 1), sums.core(25, sums.WORDS)
    assert (type(wired), wired.fan_in, len(wired.rom)) == (Synapses, 25, 1)
    assert len(stored.rom) == sums.WORDS
    assert size(stored, ECP5.fabric).block_rams > size(wired, ECP5.fabric).block_rams == 0


@pytest.mark.slow
@pytest.mark.parametrize(("inputs", "words", "each"), [(25, 1, 1.59), (25, sums.WORDS, 2.69)])
def test_luts_a_synapse_are_those_of_the_table(tmp_path, inputs, words, each):
    core = sums.core(inputs, words)
    made = synthesise(component(core), ECP5, "", tmp_path).luts
    assert made / (inputs * sums.CHANNELS) == pytest.approx(each, abs=0.02)
    assert size(core, ECP5.fabric).luts == pytest.approx(made, rel=0.3)
