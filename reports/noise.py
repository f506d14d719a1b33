"""Accuracy under noise: five kinds at stated levels. The definitions are this project's own.

Pixels are 8-bit values, each channel by itself; results are rounded and clipped to 0..255. A black pixel never spikes,
so noise on it does not delay a spike but adds one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant import Network
from quant.check import integer
from sim.functional.network import CODINGS, encode, respond, run
from sim.functional.psp import Array

BATCH = 1000  # images with noise at once
SEED = 1
Generator = np.random.Generator
Corrupt = Callable[[Array, Any, Network, Generator], Array]  # pixels, level, network, randomness -> coded input


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of noise: the unit of its level, the levels that are tried, and the function that adds it."""

    unit: str
    levels: tuple[float, ...]
    corrupt: Corrupt


def gaussian(pixels: Array, level: float, generator: Generator) -> Array:
    """Add a normal number of standard deviation ``level`` to each pixel."""
    return _clipped(pixels + generator.normal(0, level, pixels.shape))


def uniform(pixels: Array, level: float, generator: Generator) -> Array:
    """Add a whole number of -level..level to each pixel, each as likely."""
    return _clipped(pixels + generator.integers(-int(level), int(level), pixels.shape, endpoint=True))


def salt_and_pepper(pixels: Array, level: float, generator: Generator) -> Array:
    """Make each pixel 0 with probability ``level / 2``, and 255 with the same."""
    draw = generator.random(pixels.shape)
    return np.where(draw < level / 2, 0, np.where(draw < level, 255, pixels)).astype(np.uint8)


def occlusion(pixels: Array, level: float, generator: Generator) -> Array:
    """Make one square of side ``level`` in each image 0, in all channels; it lies inside, each place as likely."""
    side, (height, width) = int(level), pixels.shape[2:]
    top, left = generator.integers(0, (height - side + 1, width - side + 1), (len(pixels), 2)).T.reshape(2, -1, 1)
    rows = (top <= np.arange(height)) & (np.arange(height) < top + side)
    columns = (left <= np.arange(width)) & (np.arange(width) < left + side)
    return np.where((rows[:, :, None] & columns[:, None, :])[:, None], 0, pixels).astype(np.uint8)


def jitter(pixels: Array, level: float, network: Network, generator: Generator) -> Array:
    """Move each input spike by -level..level ticks, each as likely, and no further than tick 0 or steps-1."""
    steps = network.steps
    times = encode(pixels, steps)
    moved = times + generator.integers(-int(level), int(level), times.shape, endpoint=True)
    return np.where(times == steps, steps, np.clip(moved, 0, steps - 1)).astype(times.dtype)


def _clipped(values: Array) -> Array:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _of_pixels(change: Callable[[Array, float, Generator], Array]) -> Corrupt:
    return lambda pixels, level, network, generator: CODINGS[network.coding](change(pixels, level, generator),
                                                                            network.steps)


KINDS = {
    "gaussian": Kind(unit="standard deviation, of 255",
                     levels=(16, 32, 64, 96, 128), corrupt=_of_pixels(gaussian)),
    "uniform": Kind(unit="largest change, of 255",
                    levels=(16, 32, 64, 96, 128), corrupt=_of_pixels(uniform)),
    "salt and pepper": Kind(unit="share of the pixels",
                            levels=(.01, .02, .05, .1, .2, .3), corrupt=_of_pixels(salt_and_pepper)),
    "occlusion": Kind(unit="side in pixels",
                      levels=(2, 4, 8, 12, 16), corrupt=_of_pixels(occlusion)),
    "jitter": Kind(unit="largest shift in ticks",
                   levels=(1, 2, 4, 8, 16, 32, 64), corrupt=jitter),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """Number of right answers, ``correct``, under one kind of noise at one level."""

    kind: str
    level: float
    unit: str
    correct: int


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Number of right answers of ``images`` images under each noise, and without noise (``clean``)."""

    images: int
    seed: int
    clean: int
    rows: tuple[Row, ...]


def levels(network: Network) -> Iterator[tuple[str, float]]:
    """Kind and level of each row; only squares that fit into the image, and shifts that are shorter than its ticks."""
    most = {"occlusion": min(network.input_shape[1:]), "jitter": (network.coding == "latency") * (network.steps - 1)}
    for name, kind in KINDS.items():
        yield from ((name, level) for level in kind.levels if level <= most.get(name, level))


def noise(network: Network, images: Array, labels: Array, *, seed: int = SEED,
          progress: Callable[[int], Any] = lambda count: None) -> Noise:
    """Accuracy on ``images`` without noise, and under each kind and level of it.

    The noise of an image depends on the seed, the kind, the level and the image's place, not on how many images follow
    or which other levels there are.

    Parameters
    ----------
    network : Network
    images : uint8 array (n, channels, height, width)
        At least one.
    labels : integer array (n,)
    seed : int
        0 .. 2**31-1.
    progress : callable
        Called with the number of images just classified, ``n`` times one more than there are `levels` in all.

    Raises
    ------
    TypeError, ValueError
        Images are not the network's, or the seed is out of range.
    """
    seed = integer("seed", seed, 0, 2**31 - 1)

    labels = np.asarray(labels)
    clean = int((run(network, images, progress=progress).class_index == labels).sum())
    rows = []
    for name, level in levels(network):
        kind, number = KINDS[name], list(KINDS).index(name)
        generator = np.random.default_rng([seed, number, round(1000 * level)])
        correct = sum(
            int((respond(network, kind.corrupt(images[start:start + BATCH], level, network, generator),
                         progress=progress).class_index == labels[start:start + BATCH]).sum())
            for start in range(0, len(images), BATCH))
        rows.append(Row(kind=name, level=level, unit=kind.unit, correct=correct))
    return Noise(images=len(images), seed=seed, clean=clean, rows=tuple(rows))
