from hw.families import ECP5, ICE40
from hw.families.fabric import Size


def test_small_tables_are_gates():
    assert ICE40.fabric.rom(100, 4).block_rams == 0
    assert ICE40.fabric.rom(100, 32).block_rams == 0
    assert ICE40.fabric.rom(100, 128).block_rams == 7
    assert ECP5.fabric.rom(100, 16).block_rams == 0


def test_equal_columns_of_a_table_are_one():
    assert ICE40.fabric.rom(1000, 2).flip_flops == 2


def test_sizes_add_and_repeat():
    assert Size(1, 2, 3) + Size(10, 20, 30) == Size(11, 22, 33)
    assert Size(1.5, 2, 3) * 2 == Size(3, 4, 6)
