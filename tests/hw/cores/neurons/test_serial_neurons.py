import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import SingleSpike
from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, every_stall, respond
from tests.helpers.cores.neuron_cores import PSPS, every_psp, every_rate, neurons, phase_neurons, rate_neurons, sums

CORE = cores.SerialNeurons  # what a neuron is: see test_lane


@every_stall
@pytest.mark.parametrize(("shape", "biased"), [
    ({"channels": 2, "groups": 3, "ticks": 3}, False), ({"channels": 3, "groups": 2}, True), ({"ticks": 7}, True)])
@every_psp
def test_agrees_with_models(psp, shape, biased, stall):
    core = neurons(CORE, psp=psp, biased=biased, **shape)
    check(core, sums(core, 3), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data(), channels=st.integers(1, 3), groups=st.integers(1, 3), psp=st.sampled_from(PSPS),
       biased=st.booleans(), steps=st.integers(1, 10), stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_fold_agrees_with_models(data, channels, groups, psp, biased, steps, stall, seed):
    core = neurons(CORE, channels, groups, data.draw(st.integers(1, steps)), psp, biased, steps, seed)
    check(core, sums(core, 2, seed), stall=stall, seed=seed)


def test_each_channel_group_has_its_own_integers():
    core = CORE(bit_planes=4, channels=2, groups=2, ticks=4, input_bound=9, neurons=SingleSpike(
        threshold=[1, 2, 3, 4], bias=[0, 0, 1, 0], psp=PSPS[0]))
    words = [(1, 1, 1, 1) * 2] * 4
    assert respond(core, words, 4) == [(0, 1), (1, 3)] * 2


def test_cycle_a_tick_and_no_gap():
    core = neurons(CORE, ticks=3)  # of seven ticks: words of 3, 3, 1
    assert cycles(core, sums(core, 2), 2) == ([0, 3, 6, 7, 10, 13], [9, 16])


@every_stall
@pytest.mark.parametrize("shape", [{"channels": 2, "groups": 3}, {"ticks": 3}])
@every_rate
def test_rate_neurons_agree_with_models(rate, shape, stall):
    core = rate_neurons(CORE, rate=rate, input_bound=6, **shape)
    check(core, sums(core, 4), stall=stall)


@every_stall
@pytest.mark.parametrize("shape", [{"channels": 2, "groups": 3}, {"groups": 2, "steps": 1}, {"ticks": 3},
                                   {"steps": 7, "biased": False}])
def test_phase_neurons_agree_with_models(shape, stall):
    core = phase_neurons(CORE, **shape)
    check(core, sums(core, 9), stall=stall)
