"""Batches of CIFAR-10 in their Python version: pickles, of which nothing is run."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from . import pickled
from .cifar import CLASSES, PIXELS, SHAPE, Batches
from .dataset import Labelled


@dataclass(frozen=True, kw_only=True)
class CifarPython(Batches):
    """Folder of the six files of the Python version, ``data_batch_1`` and so on."""

    kind: ClassVar[str] = "cifar-python"
    suffix: ClassVar[str] = ""

    def batch(self, data: bytes) -> Labelled:
        """Images of a pickled dictionary with ``data``, uint8 (n, 3072), and ``labels``, n integers."""
        match pickled.load(data):
            case {"data": np.ndarray() as pixels, "labels": list() as labels}:
                pass
            case _:
                raise ValueError("pickle must be a dictionary with the array 'data' and the list 'labels'; give a file "
                                 "of CIFAR-10's Python version")
        if pixels.ndim != 2 or pixels.shape[1] != PIXELS or len(labels) != len(pixels):
            raise ValueError(f"data and labels must be n x {PIXELS} and n, not {pixels.shape} and {len(labels)}")
        for label in labels:
            if type(label) is not int or not 0 <= label < len(CLASSES):
                shown = label if type(label) is int and label.bit_length() < 64 else f"such a {type(label).__name__}"
                raise ValueError(f"labels must be in 0..{len(CLASSES) - 1}, not {shown}")
        return Labelled(pixels=pixels.reshape(-1, *SHAPE), labels=np.array(labels, np.uint8), class_names=CLASSES)
