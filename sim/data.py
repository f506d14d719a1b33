"""Images and labels for the golden models, as arrays."""

import os

import numpy as np

from image_sets import DataSet, Labelled, data_folder, of_text
from image_sets.folders import folders, named
from quant.files import samples, zoo
from quant.files.artefact import Artefact
from quant.files.samples import Samples

from .functional.psp import Array


def images(given: str | os.PathLike[str] | None, data_set: str, split: str) -> tuple[Array, Array]:
    """Images and labels of a data set.

    Parameters
    ----------
    given : path or None
        As for `image_sets.data_folder`.
    data_set : str
        Its name, in any case, or its table, as by `image_sets.of_text`.
    split : str
        "train" or "test".

    Returns
    -------
    images : uint8 array (n, channels, height, width)
    labels : uint8 array (n,)

    Raises
    ------
    FileNotFoundError
        No data folder holds it, or a file is missing.
    ValueError
        The data set or the split is unknown, or a file is damaged.
    """
    found = _read(given, data_set, split)
    return found.pixels, found.labels


def _read(given: str | os.PathLike[str] | None, data_set: str, split: str) -> Labelled:
    described = of_text(data_set)
    return described.read(data_folder(described, given), split)


def expected(given: str | os.PathLike[str] | None, data_set: str) -> bool:
    """True if `images` must find the data set: a data folder is named, or one of the usual folders holds it.

    Of one that is known by no name, and of which samples are shipped, a named folder need not hold it.
    """
    try:
        described = of_text(data_set)
    except (TypeError, ValueError):
        return bool(named(given))
    if named(given) and not (isinstance(described, DataSet) and zoo.has_samples(described.title)):
        return True
    return any(described.lies_in(folder) for folder in folders(given))


def arrays(samples: Samples) -> tuple[Array, Array]:
    """Images and labels of shipped samples, as by `images`."""
    return (np.frombuffer(samples.pixels, np.uint8).reshape(-1, *samples.shape),
            np.frombuffer(samples.labels, np.uint8))


def labelled(source: Artefact, given: str | os.PathLike[str] | None, split: str = "test") -> tuple[str, Array, Array]:
    """Name, images and labels of the data set that a network was measured on; without a data folder, shipped samples.

    The samples of it that are shipped, unless a data folder is named, or one of the usual folders holds it.

    Raises
    ------
    OSError, ValueError
        The network names no data set, there is none of that name, or a file is damaged.
    """
    name = source.provenance.data_set
    if not name:
        raise ValueError("network must name the data set it was measured on; train it again, import it with "
                         "--data-set, or give images where a command takes them")
    described = source.provenance.source or name
    if not expected(given, described):
        shipped = samples.load(zoo.samples_path(name))
        return f"{shipped.data_set} {shipped.split}, shipped samples", *arrays(shipped)
    found = _read(given, described, split)
    if found.class_names and found.classes != source.network.classes:
        raise ValueError(f"network must have {found.classes} outputs, one for each class of {name}, not "
                         f"{source.network.classes}; train it on this data set, or give the folder of the other")
    return f"{name} {split}", found.pixels, found.labels
