"""Test vectors of a network, made and replayed, and the files shipped beside it."""

import hashlib
import os
from pathlib import Path

import numpy as np

from image_sets import KNOWN, of_text
from quant import Network
from quant.files import artefact, zoo
from quant.files import samples as sample_files
from quant.files import vectors as vector_files
from quant.files.samples import Samples
from quant.files.vectors import Vector

from . import data
from .functional import network as functional
from .functional.psp import Array

VECTORS = 8
SAMPLES = 300


def vectors(network: Network, images: Array) -> tuple[Vector, ...]:
    """Test vector of each image, from the functional golden model; ``images``: uint8 (n, channels, height, width)."""
    outcome = functional.run(network, images, times=True)
    layers = [times.astype("<u2" if signal.spike_coding.once else "<u8")
              for times, signal in zip(outcome.times or (), network.signals, strict=True)]
    return tuple(
        Vector(pixels=image.tobytes(), class_index=int(outcome.class_index[i]), tick=int(outcome.tick[i]),
               potentials=tuple(outcome.potentials[i].tolist()),
               times=tuple(hashlib.sha256(times[i].tobytes()).hexdigest() for times in layers))
        for i, image in enumerate(images))


def mismatches(network: Network, expected: tuple[Vector, ...]) -> tuple[int, ...]:
    """Indices of the vectors that the functional golden model does not reproduce."""
    pixels = b"".join(vector.pixels for vector in expected)
    images = np.frombuffer(pixels, np.uint8).reshape(-1, *network.input_shape)
    return tuple(i for i, vector in enumerate(vectors(network, images)) if vector != expected[i])


def varied(labels: Array, count: int) -> list[int]:
    """Indices of ``count`` images, the first of each class before the second of any."""
    seen: dict[int, int] = {}
    order = []
    for index, label in enumerate(labels.tolist()):
        seen[label] = seen.get(label, 0) + 1
        order.append((seen[label], index))
    return [index for _, index in sorted(order)[:count]]


def write_vectors(name_or_file: str | os.PathLike[str], given: str | os.PathLike[str] | None = None) -> Path:
    """Write the vectors of a network beside it; their images are test images of `data.labelled`, of varied classes.

    Raises
    ------
    OSError, ValueError
        There is no such network, it names no data set, or there are no images of that.
    """
    source = artefact.load(zoo.path(name_or_file))
    _, images, labels = data.labelled(source, given)
    return write_vectors_of(name_or_file, images[varied(labels, VECTORS)])


def write_vectors_of(name_or_file: str | os.PathLike[str], images: Array) -> Path:
    """Write the vectors of a network beside it, of ``images``, a uint8 array (n, channels, height, width)."""
    network, path = artefact.load(zoo.path(name_or_file)).network, zoo.vectors_path(name_or_file)
    vector_files.save(vectors(network, images), path, network=network)
    return path


def write_samples(data_set: str, given: str | os.PathLike[str] | None = None) -> Path:
    """Write the first test images of a data set where `quant.files.zoo` finds them; of a small one all are shipped.

    Parameters
    ----------
    data_set : str
        Its name, or its table as by `image_sets.text`.
    """
    images, labels = data.images(given, data_set, "test")
    count = len(images) if len(images) <= 2 * SAMPLES else SAMPLES
    title = data_set if data_set.lower() in KNOWN else of_text(data_set).title
    path = zoo.FOLDER / f"{title.lower()}.samples{zoo.SUFFIX}"
    sample_files.save(Samples(data_set=title, split="test", shape=images.shape[1:],
                              pixels=images[:count].tobytes(), labels=labels[:count].tobytes()), path)
    return path
