# amaranth: UnusedElaboratable=no
import random

import pytest

from quant import Conv2d, Dense, Flatten, Network, Ramp, SingleSpike
from quant.dataflow import cores
from quant.dataflow.chain import chain
from quant.dataflow.folding import parse
from tests.helpers.cores.bench import every_stall, observe, payload_shape, raw
from tests.helpers.cores.enclosing import Enclosing, agree
from tests.helpers.networks import signs

FOLDS = ["12,18,5", "4,18,5", "2,18,5", "12,18,1"]  # all ticks at once, or one


def credited(fold):
    """Node of the credits of a convolution by its folding; None: its synapses must stall."""
    rng = random.Random(4)
    network = Network(input_shape=(2, 4, 5), steps=5, layers=(
        Conv2d(weights=signs(rng, 12, 2, 3, 3), neurons=SingleSpike(threshold=[3, 5, 7, 20] * 3, psp=Ramp())),
        Flatten(), Dense(weights=signs(rng, 2, 72), neurons=SingleSpike(threshold=[9, 9]))))
    nodes = {node.name: node for node in chain(network, parse(f"{fold} 1,1,1"))}
    return nodes.get("conv2d0_credits")


def words(node, results, seed=0):
    """Random words of spike times for so many results."""
    rng, core = random.Random(seed), node.core
    return [tuple(rng.randint(0, core.taken.bit_planes) for _ in range(core.taken_lanes))
            for _ in range(results * core.period)]


@every_stall
@pytest.mark.parametrize("fold", FOLDS)
def test_every_word_in_its_cycle(fold, stall):
    node = credited(fold)
    agree(node, words(node, 60), stall=stall)


def test_neurons_that_need_several_cycles_for_a_word_stall_their_synapses():
    assert credited("12,18,2") is None


def test_a_few_synapses_a_cycle_may_wait():
    assert credited("6,18,1") is None


@pytest.mark.parametrize("fold", ["12,18,5", "12,18,1"])
def test_the_pipeline_is_never_held_up(fold):
    node = credited(fold)
    dut = Enclosing(node)
    sent = [raw(payload_shape(dut.i), word) for word in words(node, 60)]
    taken, _ = observe(dut, sent, 60)
    assert taken == list(range(1, 1 + len(sent)))  # none in the first cycle after reset


def test_no_more_results_are_begun_than_there_are_credits():
    node = credited("4,18,5")
    dut, results = Enclosing(node), 3 * node.core.depth
    sent = [raw(payload_shape(dut.i), word) for word in words(node, results)]
    opened = 400
    taken, given = observe(dut, sent, results, sink=lambda cycle: cycle >= opened)
    assert [cycle < opened for cycle in taken] == [True] * node.core.depth + [False] * (results - node.core.depth)
    assert [cycle for cycle, _ in given[:node.core.depth]] == list(range(opened, opened + node.core.depth))


def test_depth_of_the_queue():
    assert credited("12,18,5").core.depth == 16
    assert credited("12,18,1").core.depth == 4
    assert isinstance(credited("12,18,1").enclosed[-1].core, cores.SerialNeurons)
