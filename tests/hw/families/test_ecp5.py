import pytest
from amaranth.vendor import LatticePlatform

from hw.families import ECP5


def test_the_parts_are_all_that_amaranth_can_build_for():
    assert ECP5.parts.keys() == LatticePlatform._nextpnr_device_options.keys()


@pytest.mark.parametrize(("width", "depth", "count"), [
    (36, 512, 1), (37, 512, 2), (18, 1024, 1), (9, 2048, 1), (4, 4096, 1), (1, 16384, 1)])
def test_block_ram_shapes(width, depth, count):
    assert ECP5.fabric.rom(width, depth).block_rams == count


def test_a_written_word_is_padded_to_bytes_of_nine():
    assert ECP5.fabric.rom(10, 3072).block_rams == 2
    assert ECP5.fabric.ram(10, 3072, transparent=False).block_rams == 3


def test_small_memories_are_lut_ram():
    small = ECP5.fabric.ram(12, 48, transparent=True)
    assert small.block_rams == 0
    assert small.luts >= 9 * 6  # nine primitives of 16 words of four bits
