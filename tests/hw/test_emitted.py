"""Networks and foldings of every kind, at random, as emitted Verilog against both golden models."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.cycle.stalls import ALWAYS, Random
from sim.vectors import vectors
from tests.cocotb.runner import CACHE
from tests.helpers.strategies import foldings, images_for, networks
from verify.replay import replay, simulator


def small_enough(folding):
    """Compiled in seconds: few adders, which are most of the text, and no pipeline of many ticks."""
    return (sum(fold.channels * fold.synapses * fold.ticks for fold in folding) <= 256
            and all(fold.channels * fold.ticks <= 32 for fold in folding))


def random_networks(count):
    """Settings of a test of so many networks, the same ones in every run."""
    return settings(max_examples=count, deadline=None, derandomize=True, phases=[Phase.generate], database=None,
                    suppress_health_check=list(HealthCheck))


@pytest.mark.long
@random_networks(20)
@given(st.data())
def test_any_network_in_any_folding(data):
    agree(data)


def agree(data):
    network = data.draw(networks(max_extent=6, max_maps=2, max_dense=2))
    folding = data.draw(foldings(network).filter(small_enough))
    expected = vectors(network, data.draw(images_for(network, 4)))
    compiled = simulator(network, folding, CACHE)
    replay(network, folding, expected, compiled)
    gap, stall = (data.draw(st.one_of(st.just(ALWAYS), st.builds(Random, seed=st.integers(1, 99),
                                                                stall=st.sampled_from([32, 128, 230]))))
                  for _ in range(2))
    replay(network, folding, expected, compiled, input_gap=gap, output_stall=stall)
