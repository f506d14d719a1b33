import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import SingleSpike, Step
from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, every_stall, respond
from tests.helpers.cores.neuron_cores import (
    PSPS,
    STEPS,
    every_psp,
    every_rate,
    neurons,
    phase_neurons,
    rate_neurons,
    sums,
)

CORE = cores.UnrolledNeurons  # what a neuron is: see test_lane


@every_stall
@pytest.mark.parametrize(("shape", "biased"), [({"channels": 2, "groups": 3}, False), ({"channels": 3}, True)])
@every_psp
def test_agrees_with_models(psp, shape, biased, stall):
    core = neurons(CORE, psp=psp, biased=biased, ticks=STEPS, **shape)
    check(core, sums(core, 4), stall=stall)


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(channels=st.integers(1, 2), groups=st.integers(1, 3), psp=st.sampled_from(PSPS), biased=st.booleans(),
       steps=st.integers(1, 10), stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_fold_agrees_with_models(channels, groups, psp, biased, steps, stall, seed):
    core = neurons(CORE, channels, groups, steps, psp, biased, steps, seed)
    check(core, sums(core, 4, seed), stall=stall, seed=seed)


def test_each_channel_group_has_its_own_integers():
    core = CORE(bit_planes=4, channels=2, groups=2, ticks=4, input_bound=9,
                neurons=SingleSpike(threshold=[1, 2, 3, 4], bias=[0, 0, 1, 0], psp=Step()))
    assert respond(core, [(1, 1, 1, 1) * 2] * 4, 4) == [(0, 1), (1, 3)] * 2


def test_word_a_cycle_and_one_cycle_more_later_than_steps():
    core = neurons(CORE, ticks=STEPS)
    assert cycles(core, sums(core, 4), 4) == ([0, 1, 2, 3], [8, 9, 10, 11])


@every_stall
@pytest.mark.parametrize("shape", [{"channels": 2, "groups": 3, "ticks": STEPS}, {"ticks": STEPS}])
@every_rate
def test_rate_neurons_agree_with_models(rate, shape, stall):
    core = rate_neurons(CORE, rate=rate, input_bound=6, **shape)
    check(core, sums(core, 4), stall=stall)


@every_stall
@pytest.mark.parametrize("shape", [{"channels": 2, "groups": 3, "ticks": 4}, {"steps": 1},
                                   {"steps": 7, "ticks": 7, "biased": False}])
def test_phase_neurons_agree_with_models(shape, stall):
    core = phase_neurons(CORE, **shape)
    check(core, sums(core, 9), stall=stall)
