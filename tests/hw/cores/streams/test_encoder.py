import pytest

from quant.dataflow import cores
from quant.description.spike_coding import Trains
from tests.helpers.cores.bench import check, cycles, every_stall, respond

PIXELS = [(pixel,) for pixel in range(256)]


@every_stall
@pytest.mark.parametrize("bit_planes", [1, 2, 7, 8, 255, 256])
def test_agrees_with_models(bit_planes, stall):
    check(cores.Encoder(bit_planes=bit_planes), PIXELS, stall=stall)


@pytest.mark.parametrize(("bit_planes", "times"), [
    (1, [1, 0, 0, 0, 0, 0]),
    (7, [7, 6, 3, 3, 0, 0]),
    (8, [8, 7, 4, 3, 0, 0]),
    (256, [256, 254, 128, 127, 1, 0])])
def test_times_by_hand(bit_planes, times):
    words = respond(cores.Encoder(bit_planes=bit_planes), [(0,), (1,), (127,), (128,), (254,), (255,)], 6)
    assert words == [(time,) for time in times]


@pytest.mark.parametrize("bit_planes", range(1, 17))
def test_every_pixel_by_the_definition(bit_planes):
    assert respond(cores.Encoder(bit_planes=bit_planes), PIXELS, 256) == [
        ((255 - pixel) * bit_planes // 256 if pixel else bit_planes,) for pixel, in PIXELS]


@every_stall
@pytest.mark.parametrize("bit_planes", [1, 3, 8])
def test_spike_trains_are_the_lowest_bits(bit_planes, stall):
    core = cores.Encoder(bit_planes=bit_planes, spike_coding=Trains)
    check(core, PIXELS, stall=stall)
    assert respond(core, PIXELS, 256) == [(pixel % 2**bit_planes,) for pixel, in PIXELS]


def test_word_a_cycle_two_cycles_later():
    assert cycles(cores.Encoder(bit_planes=8), PIXELS[:5], 5) == ([0, 1, 2, 3, 4], [2, 3, 4, 5, 6])
