"""Images for the golden models, as arrays."""

import os

import numpy as np

from quant.idx import data_folder as folder
from quant.idx import read_labelled
from quant.samples import Samples

from .psp import Array

__all__ = ["arrays", "folder", "images"]


def images(given: str | os.PathLike[str] | None, data_set: str, split: str) -> tuple[Array, Array]:
    """Images and labels of a data set in the form of MNIST.

    Parameters
    ----------
    given : path or None
        As for `folder`.
    data_set : str
        Name of the data set's own folder, in any case: "mnist", "fashion-mnist".
    split : str
        "train" or "test".

    Returns
    -------
    images : uint8 array (n, channels, height, width)
    labels : uint8 array (n,)

    Raises
    ------
    FileNotFoundError
        There is no such folder or file.
    ValueError
        The split is unknown, or a file is damaged.
    """
    path = folder(given) / data_set.lower()
    if not path.is_dir():
        raise FileNotFoundError(f"data folder {path.parent} has no {path.name}: give one by --data or BINSPIKE_DATA")
    (count, height, width), pixels, labels = read_labelled(path, split)
    return np.frombuffer(pixels, np.uint8).reshape(count, 1, height, width), np.frombuffer(labels, np.uint8)


def arrays(samples: Samples) -> tuple[Array, Array]:
    """Images and labels of shipped samples, as by `images`."""
    return (np.frombuffer(samples.pixels, np.uint8).reshape(-1, *samples.shape),
            np.frombuffer(samples.labels, np.uint8))
