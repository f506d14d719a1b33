
from quant.dataflow import cores
from tests.helpers.cores.bench import check, component, cycles, every_stall, observe, spike_times

CORE = cores.RegisterSlice(bit_planes=7, lanes=2)


@every_stall
def test_agrees_with_models(stall):
    check(CORE, spike_times(40, 2, 7), stall=stall)


def test_a_word_a_cycle_one_cycle_later():
    assert cycles(CORE, [(0, 0)] * 5, 5) == ([0, 1, 2, 3, 4], [1, 2, 3, 4, 5])


def test_two_words_wait_and_a_place_is_free_a_cycle_later():
    taken, given = observe(component(CORE), [1, 2, 3, 4], 4, sink=lambda cycle: cycle >= 5)
    assert (taken, given) == ([0, 1, 6, 7], [(5, 1), (6, 2), (7, 3), (8, 4)])
