"""The folders in which data sets are looked for."""

import os
from pathlib import Path

from quant.files import cache

from .dataset import DataSet, absent
from .known import Known

VARIABLE = "BINSPIKE_DATA"


def named(given: str | os.PathLike[str] | None = None) -> Path | None:
    """The data folder that somebody names: ``given``, else that of the environment variable BINSPIKE_DATA."""
    name = given or os.environ.get(VARIABLE)
    return Path(name) if name else None


def folders(given: str | os.PathLike[str] | None = None) -> tuple[Path, ...]:
    """The data folder that is `named`, alone; without one, that of the user's cache, and ``data``."""
    folder = named(given)
    return (folder,) if folder else (cache.folder("data"), Path("data"))


def data_folder(data_set: Known | DataSet, given: str | os.PathLike[str] | None = None) -> Path:
    """The first of `folders` that holds the data set.

    Raises
    ------
    FileNotFoundError
        None does; the message says where it was looked for, and how to get it.
    """
    looked = folders(given)
    for folder in looked:
        if data_set.lies_in(folder):
            return folder
    raise absent(data_set.title, looked, data_set.remedy)
