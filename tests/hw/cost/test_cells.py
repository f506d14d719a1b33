import pytest

from hw.cost.cells import counter, counters, in_cells, index_bits, size
from hw.families import ECP5, GATEMATE
from quant.dataflow import cores


def test_bits_of_an_index():
    assert [index_bits(states) for states in (1, 2, 3, 4, 5, 256, 257)] == [0, 1, 2, 2, 3, 8, 9]


def test_a_counter_has_as_many_flip_flops_as_bits_and_wraps_for_free_at_a_power_of_two():
    assert [counter(length).flip_flops for length in (1, 2, 7, 8, 9)] == [0, 1, 3, 3, 4]
    assert counter(1).luts == 0
    assert counter(8).luts < counter(7).luts
    assert counters(7, 9) == counter(7) + counter(9)


def test_cells_are_luts_of_four_inputs_times_what_the_family_needs_for_one():
    core = cores.Encoder(bit_planes=7)
    for family in (ECP5, GATEMATE):
        assert in_cells(core, family.fabric).luts == size(core, family.fabric).luts * family.fabric.lut4
    assert GATEMATE.fabric.lut4 > ECP5.fabric.lut4


def test_a_core_without_a_case_is_refused():
    with pytest.raises(TypeError, match="^core must have a cost model, not "):
        size(cores.Core(bit_planes=1), ECP5.fabric)
