import random

import pytest

from hw.build_report.stages import works
from hw.cost.estimate import initiation_interval
from hw.cost.work import loop_work, stage_work
from quant.dataflow import folding
from quant.dataflow.chain import chain
from quant.dataflow.folding import fold_choices, folded
from quant.dataflow.lowering import synaptic
from tests.helpers.networks import latencies, loops, phases, rates, small

FOLDED = folding.parse("4,18,4 1,16,1 1,24,1")


def some_folding(network, seed):
    """A legal folding by chance."""
    rng = random.Random(seed)
    return tuple(rng.choice(fold_choices(stage)) for stage in synaptic(network))


def test_stages_in_the_order_of_the_stream():
    assert [work.name for work in works(small(), FOLDED)] == [
        "encoder", "conv2d0 converter", "conv2d0", "first_spike_pool1", "conv2d2", "dense4 converter", "dense4"]


@pytest.mark.parametrize("network", [small(), rates(), phases(), latencies(), loops()],
                         ids=["small", "rates", "phases", "latencies", "loops"])
def test_every_stage_is_busy_as_long_as_the_model_says(network):
    chosen = folded(network)
    found = {work.name: work.busy_cycles for work in works(network, chosen)}
    stages = {stage.name: (stage, fold) for stage, fold in zip(synaptic(network), chosen, strict=True)}
    turns = {stage.loop.stage.name for stage, _ in stages.values() if stage.loop}
    assert {name: found[name] for name in stages if name not in turns} == {
        name: stage_work(stage, fold) + ((stage.steps - 1) * loop_work(*stages[stage.loop.stage.name])
                                         if stage.loop else 0)
        for name, (stage, fold) in stages.items() if name not in turns}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("network", [small(), rates(), phases()], ids=["small", "rates", "phases"])
def test_a_converter_is_a_stage_where_the_chain_has_one(network, seed):
    chosen = some_folding(network, seed)
    nodes = [node.name for node in chain(network, chosen)]
    assert [work.name.partition(" ")[0] for work in works(network, chosen) if " " in work.name] == list(dict.fromkeys(
        name.rpartition("_")[0] for name in nodes if name.endswith(("_pack", "_unpack"))))


@pytest.mark.parametrize("network", [small(), rates()], ids=["small", "rates"])
def test_no_stage_is_busy_longer_than_an_image_takes(network):
    chosen = folded(network)
    assert max(work.busy_cycles for work in works(network, chosen)) <= initiation_interval(network, chosen)[0]


def test_a_stage_says_what_it_computes_at_once():
    found = {work.name: work.folding for work in works(small(), FOLDED)}
    assert found["encoder"] == found["first_spike_pool1"] == found["conv2d0 converter"] == ""
    assert found["conv2d2"] == "1 of 6 channels, 16 of 16 synapses, 1 of 4 ticks"


def test_pixels_as_numbers_have_digits():
    network = rates()
    assert next(work for work in works(network, folded(network)) if work.name == "conv2d0").folding.endswith("digits")
