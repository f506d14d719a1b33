import pytest

from quant.dataflow import cores
from tests.helpers.cores.bench import RATES, check, cycles, respond

PIXELS = [(pixel,) for pixel in range(256)]


@pytest.mark.parametrize("stall", RATES)
@pytest.mark.parametrize("steps", [1, 2, 7, 8, 255, 256])
def test_agrees_with_models(steps, stall):
    check(cores.Encoder(steps=steps), PIXELS, stall=stall)


@pytest.mark.parametrize(("steps", "times"), [
    (1, [1, 0, 0, 0, 0, 0]),
    (7, [7, 6, 3, 3, 0, 0]),
    (8, [8, 7, 4, 3, 0, 0]),
    (256, [256, 254, 128, 127, 1, 0])])
def test_times_by_hand(steps, times):
    words = respond(cores.Encoder(steps=steps), [(0,), (1,), (127,), (128,), (254,), (255,)], 6)
    assert words == [(time,) for time in times]


@pytest.mark.parametrize("steps", range(1, 17))
def test_every_pixel_by_the_definition(steps):
    assert respond(cores.Encoder(steps=steps), PIXELS, 256) == [
        ((255 - pixel) * steps // 256 if pixel else steps,) for pixel, in PIXELS]


def test_word_a_cycle_one_cycle_later():
    assert cycles(cores.Encoder(steps=8), PIXELS[:5], 5) == ([0, 1, 2, 3, 4], [1, 2, 3, 4, 5])
