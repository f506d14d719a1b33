# amaranth: UnusedElaboratable=no
import math

import pytest

from hw.accelerator import Accelerator
from quant.dataflow.chain import every, networks
from quant.dataflow.folding import copied, parse
from quant.timing.simulation import run_images
from sim.cycle import payload, wires
from sim.functional import network as functional
from tests.helpers.cores.bench import observe, pattern
from tests.hw.test_accelerator import NETWORKS, pictures, streams

FOLDINGS = {"convolutional-ramp": "2,2,2 3,4,3", "recurrent": "2,2,8 2,18,1 3,4,3"}


@pytest.mark.parametrize("stall", [0.0, 0.5])
@pytest.mark.parametrize("number", [2, pytest.param(3, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", FOLDINGS)
def test_results_are_those_of_one_network_in_the_cycles_that_are_predicted(name, number, stall):
    network = NETWORKS[name]
    core, images = Accelerator(network, copied(parse(FOLDINGS[name]), number)), pictures(network, 4)
    source, sink = pattern(number, stall), pattern(number + 1, stall)
    outcome = functional.run(network, images)
    times = run_images(core.nodes, pixels=math.prod(network.input_shape), decisions=outcome.tick.tolist(),
                       source=source, sink=sink)
    words = zip(outcome.class_index.tolist(), outcome.tick.tolist(), outcome.potentials.tolist(), strict=True)
    due = [wires.bits(core.nodes[-1].core, (index, tick, *potentials)) for index, tick, potentials in words]
    taken, given = observe(core, [pixel for image in streams(images) for pixel in image], len(images), source, sink)
    assert taken == times.inputs
    assert given == list(zip(times.borders["copies"], due, strict=True))


def test_images_go_to_the_networks_in_turn():
    network = NETWORKS["convolutional-ramp"]
    core, images = Accelerator(network, copied(parse(FOLDINGS["convolutional-ramp"]), 2)), pictures(network, 3)
    words = payload.borders(core.nodes, streams(images))
    assert [words[f"copy{place}_readout"] for place in (0, 1)] == [words["copies"][place::2] for place in (0, 1)]


def test_networks_are_the_same_but_for_their_names():
    core = Accelerator(NETWORKS["recurrent"], copied(parse(FOLDINGS["recurrent"]), 3))
    first, *others = ([(node.name.partition("_")[2], node.core) for node in every(chain)]
                      for chain in networks(core.nodes))
    assert others == [first, first]
