import pytest
from amaranth.vendor import SiliconBluePlatform

from hw.families import ICE40


def test_the_parts_are_all_that_amaranth_can_build_for():
    assert ICE40.parts.keys() == SiliconBluePlatform._nextpnr_device_options.keys()


@pytest.mark.parametrize(("width", "depth", "count"), [
    (16, 256, 1), (17, 256, 2), (8, 512, 1), (4, 1024, 1), (2, 2048, 1), (3, 2048, 2), (16, 512, 2), (48, 256, 3),
    (1, 4096, 1)])  # the halves of one that is too deep lie side by side
def test_block_ram_shapes(width, depth, count):
    assert ICE40.fabric.ram(width, depth, transparent=False).block_rams == count
