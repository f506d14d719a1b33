import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dataflow import cores
from quant.dataflow.chain import chain
from quant.dataflow.folding import folded, unrolled
from quant.dataflow.lowering import stages
from quant.dataflow.stage import SynapticStage
from sim.cycle import payload, wires
from sim.functional import network as functional
from tests.helpers.strategies import foldings, images_for, networks

RANDOM = settings(deadline=None, derandomize=True, database=None)
SMALL = {"max_maps": 2, "max_dense": 2, "max_extent": 6, "max_channels": 4,
         "steps": st.one_of(st.integers(1, 9), st.just(16))}


def as_map(words, shape):
    """Spike times of one image, (channels, height, width)."""
    return np.array([time for word in words for time in word]).reshape(*shape[1:], shape[0]).transpose(2, 0, 1)


def compare(network, folding, images):
    """Every layer's spike times and the results of the folded stream against the functional model."""
    nodes = chain(network, folding)
    borders = payload.borders(nodes, [image.transpose(1, 2, 0).ravel().tolist() for image in images])
    outcome = functional.run(network, images, times=True)
    computing = [index for index, layer in enumerate(network.layers) if not layer.passes_on][:-1]
    names = [f"{stage.name}_neurons" if isinstance(stage, SynapticStage) else stage.name
             for stage in stages(network)[:-1]]
    for name, times in [("encoder", outcome.times[0]),
                        *zip(names, [outcome.times[index + 1] for index in computing], strict=True)]:
        words = len(borders[name]) // len(images)
        for at, expected in enumerate(times):
            assert as_map(borders[name][at * words:(at + 1) * words], expected.shape).tolist() == expected.tolist()
    assert borders["readout"] == [
        (class_index, tick, *potentials) for class_index, tick, potentials in
        zip(outcome.class_index.tolist(), outcome.tick.tolist(), outcome.potentials.tolist(), strict=True)]


@settings(RANDOM, max_examples=80)
@given(st.data())
def test_any_folding_computes_the_network(data):
    network = data.draw(networks(**SMALL))
    compare(network, data.draw(foldings(network)), data.draw(images_for(network, 2)))


@settings(RANDOM, max_examples=25)
@given(st.data())
@pytest.mark.parametrize("extreme", [folded, unrolled])
def test_extreme_foldings_compute_the_network(extreme, data):
    network = data.draw(networks(**SMALL))
    compare(network, extreme(network), data.draw(images_for(network, 1)))


READOUT = cores.Readout(bit_planes=4, kind="first_spike", channels=2, groups=1, membrane_width=3)


def test_bits_lie_lowest_first_and_in_twos_complement():
    assert wires.bits(READOUT, (1, 4, -1, 2)) == 0b010_111_100_1


@pytest.mark.parametrize(("core", "widths"), [
    (cores.Encoder(bit_planes=4), [3]), (cores.Pack(bit_planes=4, lanes=2, ratio=2), [3] * 4),
    (cores.Unpack(bit_planes=4, lanes=4, ratio=2), [3] * 2), (READOUT, [1, 3, 3, 3]),
    (cores.RegisterWindow(bit_planes=4, lanes=2, height=3, width=3, size=2, stride=1, kernel=2, step=1,
                          passes=1), [3] * 8),
    (cores.Synapses(bit_planes=4, lanes=2, words=2, channels=2, groups=1, planes_per_pass=2, planes_outermost=False,
                    rom=(0, 0)), [4] * 4)])
def test_widths_of_an_output_word(core, widths):
    assert wires.widths(core) == widths


def test_transform_wrong_core():
    with pytest.raises(TypeError, match=r"^core must have a data model, not Core\(bit_planes=1, "):
        payload.transform(cores.Core(bit_planes=1), [])
