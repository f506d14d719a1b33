"""Folders of IDX files: the four files of MNIST and its relatives."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from quant.files.idx import SPLITS, read_labelled

from .dataset import DataSet, Labelled


@dataclass(frozen=True, kw_only=True)
class Idx(DataSet):
    """Folder with MNIST's four file names, plain or gzip-compressed; grey images, classes without names."""

    kind: ClassVar[str] = "idx"

    def read_place(self, place: Path, split: str) -> Labelled:
        """Images of a split, as by `quant.files.idx.read_labelled`."""
        (count, height, width), pixels, labels = read_labelled(place, split)
        return Labelled(pixels=np.frombuffer(pixels, np.uint8).reshape(count, 1, height, width),
                        labels=np.frombuffer(labels, np.uint8))

    @classmethod
    def holds(cls, place: Path) -> bool:
        """True if ``place`` has a file of images of one of the names."""
        return any((place / f"{stem}-images-idx3-ubyte{ending}").is_file()
                   for stem in SPLITS.values() for ending in ("", ".gz"))
