"""IDX folders: the four files of MNIST and its relatives."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from quant.files.idx import SPLITS, read_labelled

from .dataset import DataSet, Labelled


@dataclass(frozen=True, kw_only=True)
class Idx(DataSet):
    """A folder with MNIST's four file names, plain or gzip-compressed; grey images, classes without names."""

    kind: ClassVar[str] = "idx"

    def read_place(self, place: Path, split: str) -> Labelled:
        """As `quant.files.idx.read_labelled`."""
        (count, height, width), pixels, labels = read_labelled(place, split)
        return Labelled(pixels=np.frombuffer(pixels, np.uint8).reshape(count, 1, height, width),
                        labels=np.frombuffer(labels, np.uint8))

    @classmethod
    def holds(cls, place: Path) -> bool:
        """Whether there is a file of images by one of the names."""
        return any((place / f"{stem}-images-idx3-ubyte{ending}").is_file()
                   for stem in SPLITS.values() for ending in ("", ".gz"))
