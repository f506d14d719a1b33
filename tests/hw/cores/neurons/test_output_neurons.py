import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant import Ramp, SingleSpike, Step
from quant.dataflow import cores
from quant.description.neurons import LIMIT
from tests.helpers.cores.bench import RATES, check, cycles, every_stall, respond
from tests.helpers.cores.neuron_cores import PSPS, every_psp, every_rate, neurons, one, rate_neurons, sums

CORE = cores.OutputNeurons


@every_stall
@pytest.mark.parametrize(("shape", "biased"), [
    ({"channels": 2, "groups": 3}, False), ({"channels": 3, "ticks": 3}, True), ({"ticks": 7}, True)])
@every_psp
def test_agrees_with_models(psp, shape, biased, stall):
    core = neurons(CORE, psp=psp, biased=biased, **shape)
    check(core, sums(core, 3), stall=stall)


@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data(), channels=st.integers(1, 3), groups=st.integers(1, 3), psp=st.sampled_from(PSPS),
       biased=st.booleans(), steps=st.integers(1, 10), stall=st.sampled_from(RATES), seed=st.integers(0, 99))
def test_any_fold_agrees_with_models(data, channels, groups, psp, biased, steps, stall, seed):
    ticks = data.draw(st.integers(1, steps)) if groups == 1 else 1
    core = neurons(CORE, channels, groups, ticks, psp, biased, steps, seed)
    check(core, sums(core, 2, seed), stall=stall, seed=seed)


def traced(core, *sums_of_ticks):
    return respond(core, [(n,) for n in sums_of_ticks], len(sums_of_ticks))


def test_flag_is_greater_or_equal():
    assert traced(one(CORE, threshold=3), 2, 1, -1, 2) == [(2, 0), (3, 1), (2, 0), (4, 1)]


def test_potential_goes_on_after_the_threshold():
    assert traced(one(CORE, threshold=1, psp=Ramp()), 2, 0, -5, 0) == [(2, 1), (4, 1), (1, 1), (-2, 0)]


def test_ramp_saturates_after_its_length():
    assert [v for v, _ in traced(one(CORE, threshold=1, psp=Ramp(length=2)), 3, -1, 0, 0)] == [3, 5, 4, 4]


def test_bias_acts_in_every_tick():
    assert [v for v, _ in traced(one(CORE, threshold=1, bias=-2), 0, 1, 0, 0)] == [-2, -3, -5, -7]


def test_starts_anew_for_each_image():
    assert traced(one(CORE, threshold=9, psp=Ramp()), *[1, 0, 0, 0] * 3) == [(1, 0), (2, 0), (3, 0), (4, 0)] * 3


@pytest.mark.parametrize(("threshold", "flag"), [(LIMIT, 0), (37, 0), (-36, 1), (-LIMIT, 1)])
def test_threshold_outside_the_range_of_potentials(threshold, flag):
    core = one(CORE, threshold=threshold, psp=Ramp())
    assert [reached for _, reached in traced(core, 9, 0, 0, 0)] == [flag] * 4


def test_groups_of_a_tick_come_before_the_next_tick():
    core = CORE(bit_planes=2, channels=1, groups=3, ticks=1, input_bound=9,
                neurons=SingleSpike(threshold=[1, 2, 3], bias=[0, 0, 2], psp=Step()))
    words = [(1,), (2,), (-1,), (3,), (-4,), (0,)]
    assert respond(core, words, 6) == [(1, 1), (2, 1), (1, 0), (4, 1), (-2, 0), (3, 1)]


def test_cycle_a_tick_and_no_gap():
    core = neurons(CORE, ticks=3)
    assert cycles(core, sums(core, 1), 7) == ([0, 3, 6], [3, 4, 5, 6, 7, 8, 9])


@every_stall
@pytest.mark.parametrize("shape", [{"channels": 2, "groups": 3}, {"ticks": 3}])
@every_rate
def test_rate_neurons_agree_with_models(rate, shape, stall):
    core = rate_neurons(CORE, rate=rate, input_bound=6, **shape)
    check(core, sums(core, 4), stall=stall)
