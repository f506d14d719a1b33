"""Images for a verification: those of the data set that the network was measured on, else random ones."""

import os
from dataclasses import dataclass

import numpy as np

from quant.check import integer
from quant.files.artefact import Artefact
from sim import data
from sim.functional.psp import Array

COUNT = 10_000
MOST = 1_000_000
SEED = 1


@dataclass(frozen=True, eq=False)
class Images:
    """Images for a network.

    Parameters
    ----------
    source : str
        Data set and split, or "random", for people.
    pixels : uint8, (n, channels, height, width)
    labels : uint8, (n,), or None
    whole : bool
        True if they are all images that the network's accuracy was measured on.
    """

    source: str
    pixels: Array
    labels: Array | None
    whole: bool


def choose(source: Artefact, count: int | None, given: str | os.PathLike[str] | None) -> Images:
    """The first ``count`` test images; random ones where they are not to be expected, as by `sim.data.expected`.

    Raises
    ------
    FileNotFoundError
        A data folder is named and has no such data set.
    ValueError
        There are fewer images, or the network takes images of another shape.
    """
    provenance, shape = source.provenance, source.network.input_shape
    described = provenance.source or provenance.data_set
    if not described or not data.expected(given, described):
        count = integer("images", COUNT if count is None else count, 1, MOST)
        return Images(f"random, seed {SEED}", random(count, shape), None, False)
    pixels, labels = data.images(given, described, "test")
    if pixels.shape[1:] != shape:
        raise ValueError(f"images of {provenance.data_set} have shape {pixels.shape[1:]}, and the network takes "
                         f"{shape}; verify it with the data set that it was trained on")
    count = integer("images", min(COUNT, len(pixels)) if count is None else count, 1, len(pixels))
    whole = count == len(pixels) and provenance.split == "test"
    return Images(f"{provenance.data_set} test", pixels[:count], labels[:count], whole)


def random(count: int, shape: tuple[int, int, int]) -> Array:
    """Random images, uint8 (count, *shape), from nearly black to nearly white, so that classes and ticks vary."""
    generator = np.random.default_rng(SEED)
    lit, brightest = generator.random((2, count, 1, 1, 1))
    pixels = generator.random((count, *shape)) * (1 + brightest * 255)
    return np.where(generator.random((count, *shape)) < lit, pixels, 0).astype(np.uint8)
