from dataclasses import replace

from hw.cost.area import size
from hw.families import ECP5, ICE40
from quant.dataflow import cores

SIGNS = cores.Synapses(bit_planes=7, lanes=25, words=1, channels=4, groups=1, planes_per_pass=7, planes_outermost=False,
                       rom=(0b1011 * (2**100 // 15),))
FIELDS = (tuple(range(25)), tuple(range(5, 30)))


def luts(core, family=ECP5):
    return size(core, family.fabric).luts


def test_positions_cost_as_much_as_so_many_windows_but_for_the_spikes_that_they_share():
    both = cores.ColumnSynapses(**vars(SIGNS) | {"lanes": 30, "channels": 8}, fields=FIELDS)
    for family in (ECP5, ICE40):
        one = luts(SIGNS, family)
        assert one < luts(both, family) < 2 * one


def test_weights_of_several_words_cost_a_memory():
    stored = replace(SIGNS, channels=12, groups=256, rom=tuple(range(256)))
    wired = replace(SIGNS, channels=12, rom=(1,))
    assert size(stored, ECP5.fabric).block_rams > size(wired, ECP5.fabric).block_rams == 0


def test_a_tree_is_counted_for_each_plane_and_channel():
    fewer = luts(replace(SIGNS, planes_per_pass=1, channels=1, rom=(1,)))
    assert luts(replace(SIGNS, planes_per_pass=1, channels=2, rom=(1,))) > fewer
    assert luts(SIGNS) > 14 * fewer / 2
