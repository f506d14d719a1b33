import numpy as np
import pytest

from image_sets import KNOWN, Labelled
from image_sets.events import saccades as module
from image_sets.events.saccades import CORNERS, DURATION, SACCADES, SENSOR, STEP, Camera, position, saccades
from image_sets.events.simulated import Simulated
from tests.helpers.image_sets import write_archive
from tests.helpers.refusals import refused
from tests.image_sets.events.test_recordings import NUMBERED

DOT = np.zeros((1, 28, 28), np.uint8)
DOT[0, 10:14, 10:14] = 255


def events(camera, images=DOT, seed=0):
    """Time of each step, and the events by step."""
    times, found = zip(*saccades(images, camera, np.random.default_rng(seed)), strict=True)
    return list(times), np.stack(found)


def test_path_is_a_triangle():
    assert position(0) == CORNERS[0]
    for index, (start, end) in enumerate(SACCADES):
        goal = CORNERS[(index + 1) % 3]
        assert position(end) == pytest.approx(goal)
        middle = position((start + end) // 2)
        assert middle == pytest.approx([(a + b) / 2 for a, b in zip(CORNERS[index], goal, strict=True)])


def test_events_come_while_the_image_moves_alone():
    times, found = events(Camera(threshold=0.2))
    assert times == list(range(STEP, DURATION + 1, STEP))
    for time, now in zip(times, found, strict=True):
        if not any(start < time <= end or start < time - STEP <= end for start, end in SACCADES):
            assert not now.any()
    assert found.any()


def test_what_became_brighter_becomes_darker_again():
    found = events(Camera(threshold=0.25))[1].sum(0, dtype=int)[0]
    # In the end the image is where it began: as many events of both polarities at each pixel, but for what is left
    # beneath a threshold.
    assert (abs(found[0] - found[1]) <= 1).all()
    assert found.sum() > 50


def test_the_front_of_a_white_square_is_of_channel_0():
    found = events(Camera(threshold=0.25))[1][:16].sum(0, dtype=int)[0]  # the first saccade, mostly downwards
    rows = np.arange(SENSOR[0])
    brighter, darker = ((channel.sum(1) @ rows) / channel.sum() for channel in found)
    assert brighter > darker + 2


def test_one_threshold_one_event():
    halves = [events(Camera(threshold=threshold))[1].sum(dtype=int) for threshold in (0.1, 0.2, 0.4)]
    assert halves[0] > 1.5 * halves[1] > 2 * halves[2]


def test_noise_is_of_channel_1():
    found = events(Camera(threshold=1, noise=10), np.zeros((40, 28, 28), np.uint8))[1].sum((0, 3, 4))
    assert found[:, 0].sum() == 0
    due = 40 * 34 * 34 * 10 * DURATION / 1e6
    assert abs(found[:, 1].sum() - due) < 5 * due**0.5


def ends(jitter, seed):
    """Time at which the first saccade is over."""
    moving = events(Camera(threshold=0.1, jitter=jitter), seed=seed)[1].any((1, 2, 3, 4))
    return (12 + int(moving[12:].argmin())) * STEP


def test_jitter_is_when_the_saccades_begin():
    usual = ends(0.0, 0)
    found = [ends(10_000, seed) - usual for seed in range(8)]
    assert len(set(found)) > 4
    assert -40_000 < min(found) < 0 < max(found) < 40_000


def test_same_seed_same_events():
    camera = Camera(threshold=0.2, mismatch=0.3, contrast=0.2, blur=0.5, noise=1)
    first, again, other = (events(camera, seed=seed)[1] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("deviation", [0.0, 0.4, 1.0, 2.0])
def test_blur_keeps_the_light_and_the_place(deviation):
    blurred = module._blurred(DOT / np.float32(255), deviation)[0]
    assert blurred.sum() == pytest.approx(16, rel=1e-5)
    assert blurred.sum(0) @ np.arange(40) / 16 == pytest.approx(11.5 + module.MARGIN, rel=1e-4)
    assert (blurred[10 + module.MARGIN, 10 + module.MARGIN] < 0.99) == (deviation > 0)


@pytest.mark.parametrize(("options", "message"), [
    ({"threshold": 0}, "^threshold must be in"), ({"threshold": 1, "blur": 3}, r"^blur must be in 0\.\.2, not 3$"),
    ({"threshold": 1, "noise": -1}, "^noise must be in"), ({"threshold": 1, "mismatch": "x"}, "^mismatch must be a"),
    ({"threshold": 1, "jitter": 1e6}, "^jitter must be in")])
def test_wrong_cameras(options, message):
    with refused(message, (TypeError, ValueError)):
        Camera(**options)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Recordings whose lists hold the numbers 1, 2 and 3; MNIST is four images."""
    (tmp_path / "set").mkdir()
    write_archive(tmp_path / "set" / "recordings.tar.xz", NUMBERED)
    shown = Labelled(pixels=np.stack([np.roll(DOT, index, 2) for index in range(4)]), labels=np.array([3, 1, 1, 7]))
    monkeypatch.setattr(type(KNOWN["mnist"]), "read", lambda self, place, split: shown)
    return tmp_path


def test_images_that_a_recording_shows_are_not_learned(folder):
    found = Simulated(path="set", ticks=6, factor=2).read(folder, "train")
    assert (found.labels.tolist(), found.pixels.shape) == ([7], (1, 2, 17, 17))


def test_test_split_is_of_recordings(folder):
    found = Simulated(path="set", learned=2).read(folder, "test")
    assert (len(found.labels), found.pixels.shape[1:]) == (3, (2, 34, 34))


def test_ticks_are_those_of_the_simulated_events(folder):
    found = Simulated(path="set", ticks=6, mismatch=0.0, contrast=0.0, noise=0.0).read(folder, "train").pixels[0]
    stepwise = events(Camera(threshold=0.17, blur=0.3), np.roll(DOT, 3, 2))[1][:, 0] > 0
    ticks = [time * 6 // DURATION for time in range(0, DURATION, STEP)]
    for tick in range(6):
        due = stepwise[[index for index, each in enumerate(ticks) if each == tick]].any(0)
        assert ((found >> tick & 1) == due).all()
    late = Simulated(path="set", ticks=2, window=50_000, mismatch=0.0, contrast=0.0, noise=0.0)
    assert (late.read(folder, "train").pixels[0] == (stepwise[:10].any(0) | stepwise[10:20].any(0) << 1)).all()


@pytest.mark.parametrize(("options", "message"), [
    ({"images": "none"}, "^images must be one of mnist"), ({"count": 5}, "^count must not be given where events"),
    ({"threshold": 0.0}, "^threshold must be in")])
def test_wrong_options_of_a_simulation(options, message):
    with refused(message):
        Simulated(path="set", **options)
