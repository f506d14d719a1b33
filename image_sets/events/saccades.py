"""Simulation of an event camera that makes the three saccades of N-MNIST in front of an image.

N-MNIST (Orchard, Jayawant, Cohen, Thakor, "Converting static image datasets to spiking neuromorphic datasets using
saccades", 2015) shows an image of MNIST on a screen to a camera that is tilted along the sides of a triangle. Here the
image moves instead; each pixel emits an event whenever its intensity has changed by a threshold since the last one, as
of Lichtsteiner, Posch and Delbruck, "A 128 x 128 120 dB 15 us latency asynchronous temporal contrast vision sensor"
(2008). Corners and times of the path are measured: the means of the events of N-MNIST's recordings 1 to 500. What comes
of it is simulated, and no recording.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quant.check import number

from ..pictures import Array

SENSOR = (34, 34)
DURATION = 310_000  # in microseconds
STEP = 5_000
MARGIN = 6
# Row and column of the image's upper left corner on the sensor, and from when to when each saccade leads to the next.
CORNERS = ((1.5, 0.0), (6.5, 2.5), (1.5, 5.75))
SACCADES = ((0, 90_000), (105_000, 195_000), (215_000, 300_000))


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Camera whose pixels tell changes of intensity.

    Parameters
    ----------
    threshold : float
        Change of intensity between two events, more than 0; white is 1.
    mismatch : float
        Standard deviation of the threshold from pixel to pixel, as a share of it, 0..0.5.
    contrast : float
        Standard deviation of the intensity of white from recording to recording, 0..0.5.
    logarithm : float
        Intensity of black beneath the logarithm, of which changes count then; 0: changes of the intensity itself.
    blur : float
        Standard deviation of the optics in pixels, 0..2.
    noise : float
        Events of channel 1 a pixel and second that nothing causes, 0..100; the recordings have none of channel 0.
    jitter : float
        Standard deviation of the time by which the saccades come late or early, in microseconds, from call to call of
        `saccades`, 0..100,000.

    Raises
    ------
    TypeError, ValueError
        A value is not in its range.
    """

    threshold: float
    mismatch: float = 0.0
    contrast: float = 0.0
    logarithm: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    jitter: float = 0.0

    def __post_init__(self) -> None:
        for name, low, high in (("threshold", 0.001, 100), ("mismatch", 0, 0.5), ("contrast", 0, 0.5),
                                ("logarithm", 0, 100), ("blur", 0, 2), ("noise", 0, 100), ("jitter", 0, 100_000)):
            number(name, getattr(self, name), low, high)


def position(time: float) -> tuple[float, float]:
    """Row and column of the image's corner at a time in microseconds; a saccade's speed is a raised cosine."""
    place = CORNERS[0]
    for index, (start, end) in enumerate(SACCADES):
        share = min(max((time - start) / (end - start), 0.0), 1.0)
        share -= math.sin(2 * math.pi * share) / (2 * math.pi)
        goal = CORNERS[(index + 1) % 3]
        place = (place[0] + share * (goal[0] - place[0]), place[1] + share * (goal[1] - place[1]))
    return place


def saccades(images: Array, camera: Camera, generator: np.random.Generator) -> Iterator[tuple[int, Array]]:
    """Time in microseconds, and events since the time before, uint8 of shape (n, 2, 34, 34).

    As in the recordings channel 1 has what becomes darker and 0 what becomes brighter.

    Parameters
    ----------
    images : uint8 array (n, height, width)
        At most 28 pixels high and wide.
    camera : Camera
    generator : numpy.random.Generator
        Of thresholds, intensities, noise and jitter.
    """
    count = len(images)
    white = 1 + camera.contrast * generator.standard_normal((count, 1, 1), np.float32)
    screen = _blurred(images.astype(np.float32) / 255 * white.clip(0.1), camera.blur)
    threshold = camera.threshold * (1 + camera.mismatch * generator.standard_normal((count, *SENSOR), np.float32)
                                    ).clip(0.1)
    late = camera.jitter * generator.standard_normal() if camera.jitter else 0.0
    level = _seen(screen, place := position(-late), camera)
    for time in range(STEP, DURATION + 1, STEP):
        steps = np.zeros_like(level)
        if place != (place := position(time - late)):
            steps = np.trunc((_seen(screen, place, camera) - level) / threshold)
            level += steps * threshold
        events = np.stack([steps, -steps], 1).clip(0, 255).astype(np.uint8)
        events[:, 1] += generator.random((count, *SENSOR), np.float32) < camera.noise * STEP / 1e6
        yield time, events


def _seen(images: Array, corner: tuple[float, float], camera: Camera) -> Array:
    """What each pixel measures of images whose upper left corner is there; between pixels it is interpolated.

    Around the images are `MARGIN` pixels of what the blur makes of them.
    """
    row, column = map(math.floor, corner)
    below, right = corner[0] - row, corner[1] - column
    seen = np.zeros((len(images), *SENSOR), np.float32)
    top, left = row - MARGIN, column - MARGIN
    for y, x, weight in ((0, 0, (1 - below) * (1 - right)), (0, 1, (1 - below) * right),
                         (1, 0, below * (1 - right)), (1, 1, below * right)):
        rows, columns = (_overlap(start, extent, side) for start, extent, side in zip(
            (top + y, left + x), images.shape[1:], SENSOR, strict=True))
        seen[:, rows[0], columns[0]] += np.float32(weight) * images[:, rows[1], columns[1]]
    return np.log(seen + np.float32(camera.logarithm)) if camera.logarithm else seen


def _overlap(start: int, extent: int, side: int) -> tuple[slice, slice]:
    """Places on the sensor, and in an image that begins at ``start``, where one lies on the other."""
    first, last = max(start, 0), min(start + extent, side)
    return slice(first, last), slice(first - start, last - start)


def _blurred(images: Array, deviation: float) -> Array:
    """Images with `MARGIN` pixels around them behind a Gaussian blur, to three standard deviations."""
    reach = min(math.ceil(3 * deviation), MARGIN)
    weights = [math.exp(-(at / deviation) ** 2 / 2) if at else 1.0 for at in range(reach + 1)]
    whole = 2 * sum(weights) - weights[0]
    images = np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    for axis in (1, 2):  # what leaves the margin comes in again on the other side, where all is 0
        moved = [np.float32(weights[abs(at)] / whole) * np.roll(images, at, axis) for at in range(-reach, reach + 1)]
        images = np.sum(moved, axis=0)
    return images
