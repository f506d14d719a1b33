import numpy as np
import pytest

from image_sets.events.binning import Binning
from image_sets.events.recording import Recording
from sim.functional.network import encode
from tests.helpers.refusals import refused


def made(events, sensor=(3, 4)):
    x, y, polarity, time = np.array(events).T
    return Recording(x=x, y=y, polarity=polarity, time=time, sensor=sensor)


EVENTS = [(0, 0, 1, 100), (1, 2, 0, 109), (1, 2, 0, 110), (3, 1, 1, 125), (0, 0, 1, 139)]


def spikes(planes):
    return [tuple(map(int, at)) for at in np.argwhere(planes)]


def binning(ticks=4, size=(3, 4), **options):
    return Binning(ticks=ticks, size=size, **options)


def test_equal_windows_from_the_first_event_to_the_last():
    # image, tick, channel, row, column
    assert spikes(binning().planes(made(EVENTS))) == [
        (0, 0, 0, 2, 1), (0, 0, 1, 0, 0), (0, 1, 0, 2, 1), (0, 2, 1, 1, 3), (0, 3, 1, 0, 0)]


def test_windows_of_a_length_make_images_that_follow_each_other():
    assert spikes(binning(ticks=2, window=10).planes(made(EVENTS))) == [
        (0, 0, 0, 2, 1), (0, 0, 1, 0, 0), (0, 1, 0, 2, 1), (1, 0, 1, 1, 3), (1, 1, 1, 0, 0)]


def test_ticks_of_a_number_of_events():
    assert spikes(binning(ticks=2, count=2).planes(made(EVENTS))) == [
        (0, 0, 0, 2, 1), (0, 0, 1, 0, 0), (0, 1, 0, 2, 1), (0, 1, 1, 1, 3), (1, 0, 1, 0, 0)]


def test_part_of_the_sensor_in_fewer_pixels():
    planes = binning(size=(1, 2), factor=2, corner=(1, 0)).planes(made(EVENTS))
    assert spikes(planes) == [(0, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 2, 1, 0, 1)]


def test_a_sensor_smaller_than_the_image():
    assert spikes(binning(size=(5, 5), factor=3).planes(made(EVENTS)))[0] == (0, 0, 0, 0, 0)


def test_a_bit_of_a_value_for_each_tick():
    images = binning().images(made(EVENTS))
    assert (images.dtype, images.shape) == (np.uint8, (1, 2, 3, 4))
    assert (images[0, 1, 0, 0], images[0, 0, 2, 1], images[0, 1, 1, 3]) == (0b1001, 0b0011, 0b0100)
    assert (images > 0).sum() == 3


@pytest.mark.parametrize("ticks", range(1, 129))
def test_the_first_event_is_the_spike_time(ticks):
    time = np.arange(ticks)
    recording = Recording(x=time, y=time * 0, polarity=time * 0, time=time, sensor=(1, 200))
    pixels = Binning(ticks=ticks, size=(1, 200), code="first").images(recording)
    assert encode(pixels, ticks)[0, 0, 0].tolist() == [*range(ticks), *[ticks] * (200 - ticks)]
    assert encode(pixels, ticks)[0, 1].min() == ticks


def test_of_several_events_the_first_counts():
    pixels = binning(code="first").images(made(EVENTS))
    assert encode(pixels, 4)[0, 1].tolist() == [[0, 4, 4, 4], [4, 4, 4, 2], [4, 4, 4, 4]]


def test_a_rate_is_the_share_of_the_ticks_with_an_event():
    pixels = binning(code="rates").images(made(EVENTS))
    assert (pixels[0, 1, 0, 0], pixels[0, 0, 2, 1], pixels[0, 1, 1, 3]) == (127, 127, 63)
    assert (pixels > 0).sum() == 3


def test_a_pixel_with_an_event_in_all_of_255_ticks_is_white():
    time = np.arange(255)
    recording = Recording(x=time * 0, y=time * 0, polarity=time * 0, time=time, sensor=(1, 1))
    assert Binning(ticks=255, size=(1, 1), code="rates").images(recording).tolist() == [[[[255]], [[0]]]]


@pytest.mark.parametrize("options", [{}, {"factor": 2, "size": (2, 2)}, {"corner": (1, 1), "size": (3, 3)},
                                     {"factor": 2, "size": (2, 3), "corner": (1, 0)}])
def test_planes_of_a_whole_sensor_are_fitted_as_events_are(options):
    whole = binning().planes(made(EVENTS))
    chosen = binning(**options)
    assert (chosen.fitted(whole) == chosen.planes(made(EVENTS))).all()


@pytest.mark.parametrize(("options", "message"), [
    ({"ticks": 9}, r"^ticks of trains must be in 1\.\.8, not 9$"),
    ({"ticks": 0}, r"^ticks of trains must be in 1\.\.8, not 0$"),
    ({"ticks": 129, "code": "first"}, r"^ticks of first must be in 1\.\.128, not 129$"),
    ({"ticks": 256, "code": "rates"}, r"^ticks of rates must be in 1\.\.255, not 256$"),
    ({"code": "rate"}, "^code of events must be one of trains, first, rates, not 'rate'$"),
    ({"window": 5, "count": 5}, "^window and count must not be given both"),
    ({"window": 0}, r"^window in microseconds must be in 1\.\."), ({"count": 0}, r"^count of events must be in 1\.\."),
    ({"factor": 0}, r"^factor must be in 1\.\.64, not 0$"), ({"size": (0, 1)}, r"^size\[0\] must be in 1\.\.4096"),
    ({"size": (1, 1, 1)}, "^size must be two numbers"), ({"corner": (-1, 0)}, r"^corner\[0\] must be in 0\.\.")])
def test_wrong_options(options, message):
    with refused(message):
        binning(**options)


def test_too_many_images():
    with refused(r"^number of images of a recording must be in 1\.\.65536, not 100001$"):
        binning(ticks=1, window=10).planes(made([(0, 0, 0, 0), (0, 0, 0, 10**6)]))
